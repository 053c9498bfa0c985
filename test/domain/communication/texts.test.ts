import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { facts } from '#domain/communication/facts.ts'
import { timelineMarkdown } from '#domain/communication/export.ts'
import { kpis } from '#domain/communication/kpis.ts'
import { postMortem } from '#domain/communication/post-mortem.ts'
import {
  defaultTemplates,
  fields,
  filled,
  templateNames,
  templateProblems,
} from '#domain/communication/templates.ts'
import { offered, textsFrom } from '#domain/communication/texts.ts'
import { left, percent, span } from '#domain/communication/words.ts'
import { defaultRollbackPolicy } from '#domain/rollback/policy.ts'
import { hours, micros, plus } from '#domain/time.ts'
import {
  aHistory,
  aPlan,
  aRevision,
  aService,
  at,
  declared,
  measured,
  proposed,
  requested,
  theIncident,
  theRollback,
  type Told,
} from '../../support/builders.ts'
import { syncStories } from '../../slack/views/card-sync-stories.ts'
import { good, approvedStory, completed, recovered } from '../../slack/views/card-stories.ts'

const service = aService()
const stable: Told = [
  ...recovered,
  ['15:02:50', { kind: 'watch_ended', rollback: theRollback, outcome: 'stable', checks: good }],
]
const about = (told: Told, clock: string) => ({
  incident: theIncident,
  history: aHistory(...told),
  rollback: theRollback,
  service,
  now: at(clock),
})
const texts = textsFrom({}, defaultRollbackPolicy)

describe('templates', () => {
  test('every default text is filled from the timeline and reads well', async () => {
    const shown = templateNames.map((name) => {
      const written = texts.announcement(name, about(stable, '15:03:00'))
      return `== ${written?.title}\n${written?.text}`
    })

    expect(shown.join()).not.toMatch(/[{}]/)
    await expect(`${shown.join('\n\n')}\n`).toMatchFileSnapshot('../../golden/templates.txt')
  })

  test('“resolved” is not offered as long as what was taken back may come back', () => {
    const then = (name: keyof typeof syncStories) =>
      offered({ ...syncStories[name].rollback, phase: 'stable' })

    expect(then('somebody else let a sync go on')).not.toContain('status-resolved')
    expect(then('what somebody else let go on was switched off again')).toContain('status-resolved')
    expect(then('a sync was let go on elsewhere and Git has what runs')).toContain(
      'status-resolved',
    )
  })

  test('texts for customers name no product, no version and no role', () => {
    const forCustomers = templateNames.filter(
      (name) => defaultTemplates[name].audience === 'customers',
    )

    for (const name of forCustomers) {
      const text = texts.announcement(name, about(stable, '15:03:00'))?.text ?? ''
      expect(text).not.toMatch(/v2\.|kubernetes|pod|5xx|P95|rollback|Countermand|on-call/i)
      expect(text).toContain('Checkout')
    }
  })

  test('the defaults have no problem, an unknown field, template or brace has one each', () => {
    const defaults = Object.fromEntries(
      templateNames.map((name) => [name, defaultTemplates[name].text]),
    )

    expect(templateProblems(defaults)).toEqual([])
    expect(templateProblems({ 'incident-alert': '{constructor}' })[0]).toContain(
      'unknown field {constructor}',
    )
    expect(templateProblems({ 'incident-alert': '{{service}}' })).not.toEqual([])
    expect(templateProblems({ 'incident-alrt': 'x' })[0]).toContain(
      'There is no template “incident-alrt”',
    )
    expect(templateProblems({ 'incident-alert': '{service' })[0]).toContain('brace')
    expect(templateProblems({ toString: 'x' })[0]).toContain('There is no template')
  })

  test('T071 a fact is put in once and never evaluated', () => {
    const known = facts({
      history: aHistory(['14:30:00', declared({ title: '{service} ${x} $& {{constructor}}' })]),
      service,
      now: at('14:31:00'),
    })
    if (!known) throw new Error('no facts')

    expect(filled('{issue}', known)).toBe('{service} ${x} $& {{constructor}}')
    expect(filled('{toString} {__proto__}', known)).toBe('{toString} {__proto__}')
  })

  test('whatever a fact holds, filling is plain replacement', () => {
    const known = facts({ history: aHistory(...proposed()), service, now: at('14:31:00') })
    if (!known) throw new Error('no facts')
    fc.assert(
      fc.property(fc.string(), fc.constantFrom(...fields), (value, field) => {
        expect(filled(`a{${field}}b`, { ...known, [field]: value })).toBe(`a${value}b`)
      }),
    )
  })

  test('what is over promises no next update, and the resolution does not speak of one', () => {
    const written = templateNames.map(
      (name) => texts.announcement(name, about(stable, '15:03:00'))?.text ?? '',
    )

    expect(written.join('\n')).not.toMatch(/next update(?!: none, it is over)/i)
    expect(texts.announcement('resolution', about(stable, '15:03:00'))?.text).not.toMatch(/update/i)
  })

  test('once people were called often enough, no time is promised any more', () => {
    const reminded: Told = [
      ...proposed(),
      ['14:40:00', { kind: 'verified', rollback: theRollback, outcome: 'unverified', checks: [] }],
      ...Array.from(
        { length: defaultRollbackPolicy.mostReminders },
        () => ['14:45:00', { kind: 'reminded', rollback: theRollback, to: 'team-lead' }] as const,
      ),
    ]
    const next = (told: Told) =>
      texts.announcement('next-update', about(told, '14:46:00'))?.text.split('\n').at(-1)

    expect(next(reminded.slice(0, -1))).toBe('Next update: 14:51 UTC')
    expect(next(reminded)).toBe('Next update: as soon as there is news')
  })

  test('an organisation’s own words replace the default', () => {
    const own = textsFrom({ 'incident-alert': 'Uh-oh: {service}' }, defaultRollbackPolicy)

    expect(own.announcement('incident-alert', about(stable, '15:03:00'))?.text).toBe(
      'Uh-oh: checkout',
    )
  })
})

describe('what may be said to customers', () => {
  const offers = (told: Told, clock: string): readonly string[] =>
    texts.statusOffers(about(told, clock)).map(({ status }) => status)

  test('Identified at approval, Monitoring at completion, Resolved only after the watch', () => {
    expect(offers(proposed(), '14:30:30')).toEqual(['Investigating'])
    expect(offers(approvedStory, '14:31:06')).toEqual(['Investigating', 'Identified'])
    expect(offers(completed, '14:32:00')).toEqual(['Investigating', 'Identified', 'Monitoring'])
    expect(offers(recovered, '14:40:00')).toEqual(['Investigating', 'Identified', 'Monitoring'])
    expect(offers(stable, '15:03:00')).toEqual([
      'Investigating',
      'Identified',
      'Monitoring',
      'Resolved',
    ])
  })

  test('nothing good is said of a service that has not recovered', () => {
    const bad: Told = [
      ...completed,
      [
        '14:37:00',
        { kind: 'verified', rollback: theRollback, outcome: 'not_recovered', checks: [] },
      ],
    ]

    expect(offers(bad, '14:37:00')).toEqual(['Investigating', 'Identified'])
  })

  test('what was sent is marked', () => {
    const told: Told = [
      ...approvedStory,
      [
        '14:32:00',
        {
          kind: 'announced',
          template: 'status-identified',
          status: 'identified',
          to: 'status page',
          text: 'x',
          by: 'countermand',
        },
      ],
    ]

    expect(texts.statusOffers(about(told, '14:33:00')).map(({ sent }) => sent)).toEqual([
      false,
      true,
    ])
  })
})

describe('the record as a document', () => {
  test('the post-mortem fills in what is known and asks for the rest', async () => {
    const draft = postMortem({ incident: theIncident, history: aHistory(...stable), service })

    await expect(draft).toMatchFileSnapshot('../../golden/post-mortem.md')
  })

  test('T073 the export is a table of every event', async () => {
    await expect(timelineMarkdown(theIncident, aHistory(...stable))).toMatchFileSnapshot(
      '../../golden/timeline.md',
    )
  })

  test.each([
    '=cmd()|calc!A1',
    '<script>alert(1)</script>',
    '[click](javascript:alert(1)) ![x](http://evil.example/p.png)',
    '| new | cell |\n| row |',
    '`code` **bold** # head',
    '\u202Egnp.exe',
  ])('%j stays text in every document', (reason) => {
    const history = aHistory(
      ['14:30:00', declared({ title: reason })],
      ['14:30:00', requested({ reason })],
    )
    const documents = [
      timelineMarkdown(theIncident, history),
      postMortem({ incident: theIncident, history, service }) ?? '',
    ]

    for (const document of documents) {
      expect(document).not.toMatch(
        /<script|(?<!\\)\[click(?<!\\)\]|:\/\/|\u202E|\| =|(?<!\\)\*\*bold/,
      )
      expect(document).not.toContain('| new | cell |')
    }
    expect(documents[0]?.split('\n').filter((row) => row.startsWith('| ')).length).toBe(4)
  })

  test('T073 a title that is a formula does not stay one', () => {
    const history = aHistory(['14:30:00', declared({ title: '=1+1' })])

    expect(postMortem({ incident: theIncident, history, service })).toContain(
      "# Post-mortem: '=1+1",
    )
  })
})

describe('figures', () => {
  test('the time is split into deciding, approving, executing and verifying', () => {
    const [first] = kpis(aHistory(...recovered))

    expect(first).toMatchObject({
      decide: 7 * 60e6,
      approve: 65e6,
      execute: 40e6,
      verify: 64e6,
      restore: (9 * 60 + 50) * 1e6,
      restored: true,
    })
  })

  test('what has not happened has no length', () => {
    expect(kpis(aHistory(...proposed()))[0]).toMatchObject({
      approve: undefined,
      execute: undefined,
      restored: false,
    })
    expect(kpis([])).toEqual([])
  })

  test.each([
    [0, '0 s'],
    [41.9e6, '41 s'],
    [526e6, '8 min 46 s'],
    [7_500e6, '2 h 5 min'],
    [6 * 86_400e6, '6 days'],
    [-5, '0 s'],
  ])('%i microseconds read as %s', (length, words) => {
    expect(span(length)).toBe(words)
  })

  test('a second before the end there is still a minute left', () => {
    expect(left(micros(1e6))).toBe('1 min')
    expect(left(micros(480e6))).toBe('8 min')
  })

  test.each([
    [0.062, '6.2 %'],
    [0.0009, '0.09 %'],
    [0, '0 %'],
    [1, '100 %'],
    [Number.NaN, 'unknown %'],
  ])('a share of %f reads as %s', (share, words) => {
    expect(percent(share)).toBe(words)
  })
})

test('a version that has been out for days is not said to be out since this morning', () => {
  const since = plus(at('14:21:00'), micros(-hours(12 * 24)))
  const plan = aPlan({ from: aRevision('v2.3.0', { since }) })
  const told = [...proposed(plan), ['14:30:01', measured()]] as const

  expect(facts(about(told, '14:40:00'))?.cause).toContain('out since 9 Nov 2026 14:21 UTC')
})
