import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  acknowledgeModal,
  announcement,
  answer,
  breakGlassModal,
  card,
  type CardInput,
  checklistBlocks,
  diffModal,
  fit,
  help,
  line,
  mention,
  reasonModal,
  rollbackModal,
  statusPageModal,
  timelineModal,
  topic,
  validateMessage,
  validateModal,
} from '#slack/views/index.ts'
import { checklist } from '#domain/checklist/checklist.ts'
import { rollbackState } from '#domain/rollback/state.ts'
import {
  aHistory,
  anIncident,
  aPlan,
  aPolicy,
  aRevision,
  aService,
  checkout,
  people,
  theRollback,
} from '../../support/builders.ts'
import { everyEvent } from '../../support/every-event.ts'
import { cardStories, recovered } from './card-stories.ts'
import { freezeStories } from './card-freeze-stories.ts'
import { syncStories } from './card-sync-stories.ts'
import { togetherStories } from './card-together-stories.ts'
import { everyAnswer, everyRefusal, everyWarning, now } from './every-answer.ts'
import { dangers, hostileText, poisoned } from './hostile.ts'

const texts = fc.array(hostileText, { minLength: 1, maxLength: 7 })
const repeat = fc.constantFrom(1, 1, 30)
const stories: readonly CardInput[] = Object.values({
  ...cardStories,
  ...freezeStories,
  ...syncStories,
  ...togetherStories,
})
const sign = (): string => 's'.repeat(300)
const history = aHistory(...recovered)
const incident = anIncident(history)
const rollback = rollbackState(history, theRollback)
if (!rollback) throw new Error('no rollback')
const runs = { numRuns: 60 }

describe('whatever stands in the words of people, platforms and configuration', () => {
  test('T069 T070 a card can be posted, and nothing in it calls or links', () => {
    fc.assert(
      fc.property(fc.constantFrom(...stories), texts, repeat, (story, words, times) => {
        const { policy, ...rest } = story
        const message = card({ ...poisoned(rest, words, times), policy, sign })

        expect(validateMessage(message)).toEqual([])
        expect(dangers(message)).toEqual([])
        expect(message.blocks.length).toBeGreaterThan(2)
      }),
      runs,
    )
  })

  test('a card keeps its header and its buttons however long the rest is', () => {
    const input = cardStories['it waits for a decision']
    const { policy, ...rest } = input
    const message = card({ ...poisoned(rest, ['<!channel> '.repeat(4_000)], 40), policy, sign })

    expect(validateMessage(message)).toEqual([])
    expect(message.blocks[0]?.type).toBe('header')
    expect(message.blocks.some(({ type }) => type === 'actions')).toBe(true)
  })

  test('a timeline line can be posted, and nothing in it calls or links', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(everyEvent)),
        texts,
        repeat,
        (event, words, times) => {
          const recorded = {
            seq: 1,
            at: now,
            actor: people.onCall,
            event: poisoned(event, words, times),
          }
          const message = line(recorded, { incident, rollback })

          expect(validateMessage(message)).toEqual([])
          expect(dangers(message)).toEqual([])
        },
      ),
      runs,
    )
  })

  test('T069 T070 an answer can be sent, and nothing in it calls or links', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(everyAnswer)),
        fc.constantFrom(...Object.values(everyRefusal)),
        texts,
        repeat,
        (one, refusal, words, times) => {
          const given = one.kind === 'refused' ? { ...one, refusal } : one
          const message = answer(poisoned(given, words, times), { now, sign, rollback })

          expect(validateMessage(message)).toEqual([])
          expect(dangers(message)).toEqual([])
        },
      ),
      runs,
    )
  })

  test('a modal can be opened, and nothing in it calls or links', () => {
    const soft = { ...rollback, plan: aPlan({ warnings: Object.values(everyWarning) }) }
    fc.assert(
      fc.property(texts, repeat, (words, times) => {
        const given = poisoned({ rollback: soft, service: aService(), incident }, words, times)
        const input = { ...given, policy: aPolicy(), now, metadata: 'm' }
        const plan = poisoned(aPlan({ warnings: Object.values(everyWarning) }), words, times)
        const views = [
          ...(
            [
              'reject',
              'undo',
              'collapse',
              'lift-hold',
              'lift-freeze',
              'widen-freeze',
              'review-break-glass',
            ] as const
          ).map((action) => reasonModal(action, input)),
          breakGlassModal(input),
          acknowledgeModal(input),
          diffModal(plan),
          timelineModal({
            history: poisoned(history, words, times),
            incident,
            rollbacks: [rollback],
          }),
          statusPageModal({
            offers: [{ status: 'Identified', text: words.join('\n'), sent: false }],
            selected: undefined,
            component: words[0] ?? '',
            metadata: 'm',
          }),
          rollbackModal(
            poisoned(
              {
                services: [{ id: checkout, environment: 'prod' }],
                service: checkout,
                running: aRevision('v2.3.0'),
                candidates: everyAnswer.history.candidates,
                plan,
                to: undefined,
                reason: 'x',
                severity: undefined,
                problem: words[0],
                now,
                metadata: 'm',
              },
              words,
            ),
          ),
        ]

        expect(views.flatMap((view) => validateModal(view))).toEqual([])
        expect(views.flatMap((view) => dangers(view))).toEqual([])
      }),
      { numRuns: 30 },
    )
  })

  test('mentions, help, announcements, topics and checklists stay harmless', () => {
    fc.assert(
      fc.property(texts, repeat, (words, times) => {
        const bad = poisoned({ incident, rollback, service: aService() }, words, times)
        const all = words.join('\n')
        const messages = [
          mention({
            about: 'break-glass',
            roles: ['team-lead'],
            people: [people.teamLead],
            ...bad,
            now,
          }),
          help(
            Array.from({ length: times * 2 }, () => ({
              command: '/rollback',
              usage: all,
              help: all,
              examples: words,
            })),
          ),
          announcement({ title: all, text: all, footnote: all }),
          fit({
            text: 'checklist',
            blocks: checklistBlocks({
              items: checklist(bad.incident, [bad.rollback], now),
              rollback: theRollback,
              sign,
              now,
            }),
          }),
        ]

        expect(messages.flatMap((message) => validateMessage(message))).toEqual([])
        expect(messages.flatMap((message) => dangers(message))).toEqual([])
        expect(topic(bad).length).toBeLessThanOrEqual(250)
        expect(topic(bad)).not.toMatch(/[<>]|:\/\//)
      }),
      runs,
    )
  })

  test('the search for dangers finds them when they are there', () => {
    const bare = (text: string) => ({
      text: 'x',
      blocks: [{ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } }],
    })

    expect(dangers(bare('<!channel>'))).not.toEqual([])
    expect(dangers(bare('<@U0HACKED1>'))).not.toEqual([])
    expect(dangers(bare('see https://evil.example'))).not.toEqual([])
    expect(dangers(bare('@here'))).not.toEqual([])
    expect(dangers({ text: '<!here>', blocks: [] })).not.toEqual([])
    expect(
      dangers({ text: 'x', blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'x' } }] }),
    ).not.toEqual([])
  })
})
