import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commandWords, isCommandWord } from '#domain/catalogue.ts'
import { timelineMarkdown } from '#domain/communication/export.ts'
import type { IncidentId } from '#domain/ids.ts'
import type { Posted, View } from '#sandbox/slack/model.ts'
import { slashCommands } from '#slack/commands/index.ts'
import { type EdgeWorld, edgeWorld } from './edge-world.ts'

let world: EdgeWorld
let card: Posted
let incident: IncidentId
beforeAll(async () => {
  world = await edgeWorld({}, { perMinute: 1_000 })
  await types('/rollback checkout --reason errors', 'checkout')
  const room = world.slack.channels().findLast(({ name }) => name.startsWith('inc-'))
  const found =
    room && world.slack.messages(room.id).find(({ message }) => room.pins.includes(message.ts))
  const known = found && (await world.record.incidentInChannel(found.channel))
  if (!found || known === undefined) throw new Error(`no card:\n${world.slack.transcript()}`)
  card = found
  incident = known
})
afterAll(() => world.close())

async function types(line: string, channel = card.channel, who = 'onCall'): Promise<string> {
  await world.slack.as(who).command(line, { channel })
  await world.settle()
  return world.lastSaid(who)
}
const lastEvent = async () => (await world.record.read(incident)).at(-1)?.event
const shownIn = ({ blocks }: View): string => world.slack.words({ ...card.message, blocks })
const thread = (): readonly string[] =>
  world.slack
    .replies(card.channel, card.message.ts)
    .map(({ message }) => world.slack.words(message))

describe('the checklist', () => {
  /** Opened before anything was ticked. */
  let older: View
  async function opened(who = 'onCall'): Promise<View> {
    await world.slack.as(who).click(shownCard(), 'countermand:checklist')
    await world.settle()
    const view = world.slack.modal(who)
    if (!view) throw new Error('nothing was opened')
    return view
  }
  const shownCard = (): Posted => {
    const now = world.slack
      .messages(card.channel)
      .find(({ message }) => message.ts === card.message.ts)
    if (!now) throw new Error('the card is gone')
    return now
  }

  beforeAll(async () => {
    await world.slack.as('onCall').click(card, 'countermand:approve', { confirm: true })
    await world.settle()
    // What the worker would write when it begins; there is none here.
    const [{ event } = { event: undefined }] = (await world.record.read(incident)).filter(
      (row) => row.event.kind === 'rollback_requested',
    )
    if (event?.kind !== 'rollback_requested') throw new Error('nothing was asked for')
    const history = await world.record.read(incident)
    await world.record.append(incident, history.length, {
      events: [{ kind: 'execution_started', rollback: event.rollback }],
      actor: 'countermand',
      notices: [{ kind: 'card', rollback: event.rollback }],
      wakeAt: null,
      jobs: [],
    })
    await world.settle()
    older = await opened('teamLead')
  })

  test('shows what the product saw and what is left to people', async () => {
    const view = await opened()

    const shown = shownIn(view)
    expect(shown).toContain('*During*  0 of 4 done')
    expect(shown).toContain('◦ Rollback carried out (ticked by itself)')
    expect(shown).toMatch(/◦ Smoke tests run\s+\[Tick\]/)
    expect(shown).not.toContain('Post-mortem held')
  })

  test('a tick is on the timeline and in the form, with name and time, and nobody is told privately', async () => {
    const view = await opened()
    const before = world.slack.ephemerals('onCall').length

    await world.slack.as('onCall').click(view, 'countermand:tick')
    await world.settle()

    const after = world.slack.modal('onCall')
    expect(await lastEvent()).toMatchObject({ kind: 'checklist_ticked', item: 'smoke-tests' })
    expect([after?.id, after?.hash === view.hash]).toEqual([view.id, false])
    expect(after && shownIn(after)).toMatch(/✓ Smoke tests run \(@oncall, (?:\w+ )*\d\d:\d\d UTC\)/)
    expect(world.slack.ephemerals('onCall')).toHaveLength(before)
    expect(thread().join('\n')).toContain('ticked “Smoke tests run”')
  })

  test('a press that was on its way while the form was redrawn redraws it once more', async () => {
    const view = await opened()
    const press = () =>
      world.slack.as('onCall').click({ ...view, blocks: older.blocks }, 'countermand:tick')
    await press()
    await world.settle()
    const first = world.slack.modal('onCall')

    await press()
    await world.settle()

    const second = world.slack.modal('onCall')
    expect(new Set([view.hash, first?.hash, second?.hash]).size).toBe(3)
    expect(second && shownIn(second)).toContain('✓ Smoke tests run')
    expect(world.lastSaid('onCall')).toContain('is ticked already')
  })

  test('a tick in a form that was opened before is answered, and written once', async () => {
    const ticked = (await world.eventKinds()).filter((kind) => kind === 'checklist_ticked')

    await world.slack.as('teamLead').click(older, 'countermand:tick')
    await world.settle()

    const kinds = await world.eventKinds()
    expect(kinds.filter((kind) => kind === 'checklist_ticked')).toEqual(ticked)
    expect(world.lastSaid('teamLead')).toContain('is ticked already')
  })
})

describe('in the channel of the incident', () => {
  test('a note is all text, escaped wherever it is shown', async () => {
    const said = await types(
      '/rollback note checkout <!channel> *loud* `x` | =cmd() https://evil.example',
    )

    const posted = world.slack.replies(card.channel, card.message.ts).at(-1)?.message
    const line = JSON.stringify([posted?.text, posted?.blocks])
    const history = await world.record.read(incident)
    const row = timelineMarkdown(incident, history).split('\n').at(-2) ?? ''
    expect(await lastEvent()).toMatchObject({ kind: 'note_added' })
    expect(said).toContain('Noted')
    expect(line).toContain('noted “checkout &lt;!channel&gt;')
    expect(line).not.toMatch(/<!channel>|\*loud\*|`x`|:\/\//)
    expect(row).toContain('\\*loud\\*')
    expect(row).not.toMatch(/<!channel>|:\/\//)
  })

  test('the numbers of the lines are those that a correction names', async () => {
    await world.slack
      .as('onCall')
      .click(card, 'countermand:timeline')
      .catch(() => undefined)
    await types('/rollback correct 1 it began with the second region')

    expect(await lastEvent()).toMatchObject({ kind: 'corrected', seq: 1 })
    expect(thread().at(-1)).toContain('corrected line 1')
    expect(await types('/rollback correct 999 no')).toContain('There is no line 999')
    expect(await types('/rollback correct it was later')).toContain('number of the line')
  })

  test('severity takes one of four words and a reason', async () => {
    expect(await types('/rollback severity hihg --reason "one region"')).toContain(
      'did you mean high',
    )
    expect(await types('/rollback severity high')).toContain('--reason')
    expect(await types('/rollback severity high --reason "one region"')).toContain(
      'Severity changed',
    )
    expect(await lastEvent()).toMatchObject({
      kind: 'severity_changed',
      from: 'critical',
      to: 'high',
    })
  })

  test('the start takes a time and a reason', async () => {
    expect(await types('/rollback since yesterday --reason x')).toContain('how long ago')
    expect(await types('/rollback since 1m')).toContain('--reason')
    expect(await types('/rollback since 1m --reason "first complaint"')).toContain(
      'Start of the incident',
    )
    expect(await lastEvent()).toMatchObject({
      kind: 'incident_start_changed',
      reason: 'first complaint',
    })
  })

  test('the draft of the post-mortem is put under the card as a file with one sentence', async () => {
    const said = await types('/rollback postmortem')

    expect(said).toContain('comes as a file')
    expect(thread().at(-1)).toMatch(/Draft of the post-mortem.*questions are left for you/s)
    const { file, content } = world.slack.files().at(-1) ?? {}
    expect(file?.name).toBe(`post-mortem-${incident}.md`)
    expect(String(content)).toContain('## How long it took')
    expect(String(content)).not.toContain('<!channel>')
  })
})

describe('elsewhere', () => {
  test('the service is named first', async () => {
    await types('/rollback note checkout restarted the queue by hand', 'general')

    expect(await lastEvent()).toMatchObject({
      kind: 'note_added',
      text: 'restarted the queue by hand',
    })
  })

  test('without a service nothing is written, and it is said how', async () => {
    const before = await world.eventKinds()

    const said = await types('/rollback note restarted the queue', 'general')
    const nothing = await types('/rollback note payments restarted the queue', 'general')

    expect(said).toContain('Type it in the channel of the incident, or name the service first')
    expect(nothing).toContain('I looked for an incident of payments and found nothing')
    expect(await world.eventKinds()).toEqual(before)
  })

  test('nothing to write is a sentence, too', async () => {
    expect(await types('/rollback note')).toContain('nothing to write down yet')
    expect(await types(`/rollback note ${'x'.repeat(2_001)}`)).toContain('takes 2000')
    expect(await types('/rollback postmortem checkout now', 'general')).toContain('one service')
  })
})

test('whoever asks is told where the card is going to be, also before it is there', async () => {
  await world.slack
    .as('onCall')
    .command('/rollback payments --reason errors', { channel: 'general' })
  await world.carryOut()

  expect(world.lastSaid('onCall')).toMatch(
    /The card with the buttons is in #\u2060?inc-payments-[a-z0-9]{6} \(being opened\)\./,
  )
  await world.settle()
})

describe('the examples in the help', () => {
  const examples = slashCommands({ rollback: '/rollback', assess: '/assess', promote: '/promote' })
    .flatMap(({ name, subcommands }) =>
      subcommands.flatMap(({ examples = [] }) => examples.map((words) => `${name} ${words}`)),
    )
    .filter((line) => line.startsWith('/rollback'))

  test.each(examples)('%s is understood', async (line) => {
    const before = world.slack.ephemerals('onCall').length

    const said = await types(line)

    expect(world.slack.ephemerals('onCall')).toHaveLength(before + 1)
    expect(said).not.toMatch(/did not understand|know no service|found nothing/)
  })

  test('those of the README are commands that there are', () => {
    const readme = readFileSync('README.md', 'utf8')
    const first = [...readme.matchAll(/`\/rollback (\w+)/g)].map(([, word = '']) => word)

    expect(first.filter((word) => !isCommandWord(word) && word !== 'checkout')).toEqual([])
    expect(commandWords.filter((word) => !first.includes(word))).toEqual([])
  })
})
