import { afterEach, expect, test } from 'vitest'
import { type Stage, stage } from '../support/scenario.ts'

let play: Stage
afterEach(async () => play.close())

const golden = (name: string) => `../golden/scenarios/${name}.txt`

/** The usual ladder, with what this shop can measure. */
const withLadder = (yaml: string): string =>
  yaml
    .replace(
      'deployment: checkout }',
      'deployment: checkout, canary: { deployment: checkout-canary } }',
    )
    .replace(
      '    statusComponent: Checkout\n',
      `    statusComponent: Checkout
    promotion:
      ladder:
        - { at: 1, afterMinutes: 15, all: [error-rate, complaints] }
        - { at: 10, afterMinutes: 60, all: [error-rate, complaints, conversion] }
        - { at: 50, afterMinutes: 240, all: [error-rate, healthy], else: investigate }
`,
    )

const card = (words: string) => play.lastIn('checkout', words)
const ticks = (user: string, item: string, value: string) =>
  play.answers(user, 'Tick an item…', card('Tick an item…'), { item, holds: 'yes', reason: value })

/** From now on so great a share of the canary's requests fails. */
const fails = (errorRate: number) =>
  play.world.cluster.answer('shop/checkout:2.2.2', { errorRate, p95Seconds: 0.18 })

/** Its service says how canaries go forward, so it is seen within a minute: here before anything else, and not whenever the real minute is over. */
const shipsCanary = async () => {
  await play.shipsCanary('checkout')
  await play.looksAround()
}

test('a canary goes from 1 % to everybody, with one gate failing on the way', async () => {
  play = await stage({ configured: withLadder })
  await shipsCanary()
  await play.types('onCall', '/promote checkout --dry-run')
  await play.types('onCall', '/promote checkout')
  await play.passes(16)
  await ticks('teamLead', 'complaints', 'the support desk has none')
  await play.presses('onCall', 'Promote to 10 %', card('Promote to 10 %'))
  await play.presses('teamLead', 'Promote to 10 %', card('Promote to 10 %'))
  await play.meanwhile('one request in two hundred fails on the new version', () => fails(0.005))
  await play.passes(10)
  await play.presses('onCall', 'Hold', card('Roll back canary…'))
  await play.meanwhile('the certificate that had expired is renewed', () => fails(0.001))
  await play.passes(70)
  await play.presses('onCall', 'Go on', card('Go on'))
  await ticks('teamLead', 'complaints', 'none since the certificate')
  await ticks('teamLead', 'conversion', 'as last Saturday')
  await play.presses('teamLead', 'Promote to 50 %', card('Promote to 50 %'))
  await play.passes(241)
  await ticks('teamLead', 'healthy', 'no restart in four hours')
  await play.presses('teamLead', 'Promote to full', card('Promote to full'))
  await play.types('onCall', '/promote status checkout')
  await play.types('onCall', '/promote checkout')

  const pictures = play.world.slack.files().filter(({ file }) => file.mimetype === 'image/png')

  // One for each time that people were called.
  expect(pictures).toHaveLength(3)
  await expect(play.screenplay()).toMatchFileSnapshot(golden('promoted'))
})

test('T033 a canary is taken away from its own card alone, by whoever may', async () => {
  play = await stage({ configured: withLadder })
  await play.types('onCall', '/promote checkout')
  await play.types('onCall', '/promote checkout --to 0')
  await play.types('outsider', '/promote checkout')
  await shipsCanary()
  await play.types('onCall', '/promote checkout --to 50')
  await play.types('teamLead', '/promote checkout')
  const own = card('Roll back canary…')
  await play.presses('teamLead', 'Hold', { ...own, channel: 'C0INCIDENTS' })
  await play.presses('outsider', 'Hold', own)
  await play.types('onCall', '/rollback status checkout')
  await play.answers('onCall', 'Roll back canary…', own, { reason: 'the basket is empty' })
  await play.types('onCall', '/promote status checkout')

  await expect(play.screenplay()).toMatchFileSnapshot(golden('canary-taken-away'))
})

test('T019 a form of a canary with the value of another button in it, or none, decides nothing', async () => {
  play = await stage({ configured: withLadder })
  await shipsCanary()
  await play.types('onCall', '/promote checkout')
  const { slack } = play.world
  const opened = async (who: string, label: string, values: Readonly<Record<string, string>>) => {
    await slack.as(who).click(card(label), label, { confirm: true })
    return { who, values, form: await slack.until(() => slack.modal(who)) }
  }
  const reason = 'the support desk has none'
  const tick = await opened('teamLead', 'Tick an item…', {
    item: 'complaints',
    holds: 'yes',
    reason,
  })
  const away = await opened('onCall', 'Roll back canary…', { reason })

  for (const [{ who, form, values }, other] of [
    [tick, away],
    [away, tick],
  ] as const) {
    const hidden = form['private_metadata']
    const others = other.form['private_metadata']
    for (const changed of [others, hidden.replace('"button":"', '"button":"X'), '{}', 'no JSON'])
      await slack.as(who).submit({ ...form, private_metadata: changed }, values)
    await slack.as(who).submit({ ...form, callback_id: 'countermand:modal:reason' }, values)
  }
  await play.passes(1)
  const forged = play.screenplay()
  for (const { who, form, values } of [tick, away]) await slack.as(who).submit(form, values)
  await play.passes(1)

  expect(forged).not.toMatch(/complaints” holds|canary taken away/)
  expect(play.screenplay()).toMatch(/complaints” holds[^]*has the canary taken away/)
})
