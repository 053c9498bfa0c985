import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { PretendSlack } from '#sandbox/slack/index.ts'
import { aBoltApp, aSlack, button, clientOf } from '../sandbox/slack/support.ts'
import { launchBrowser, type TestBrowser } from '../support/browser.ts'
import { scripted } from './app.ts'
import { aService, aWorld } from './world.ts'

/** Where pictures of each stage go when somebody wants to look at them. */
const pictures = process.env['SCREENSHOTS']
const commands = [
  {
    command: '/rollback',
    description: 'Take a service back to a version that works',
    usageHint: '[service] [--to <version>] [--reason <words>]',
  },
  { command: '/assess', description: 'Say how bad it is', usageHint: '[service]' },
]

describe('the sandbox page', () => {
  let chromium: TestBrowser
  let world: ReturnType<typeof aWorld>
  let slack: PretendSlack
  let stopApp: () => Promise<void>
  let page: Page
  let problems: string[]
  beforeAll(async () => {
    chromium = await launchBrowser()
  })
  afterAll(() => chromium.close())
  beforeEach(async () => {
    world = aWorld([
      aService('checkout', { count: 12 }),
      aService('payments', { version: 'v1.9.4' }),
    ])
    // Whether the app answers in time is tested elsewhere.
    slack = await aSlack({
      commands,
      controls: world.controls,
      now: world.now,
      ackTimeoutMs: 20_000,
    })
    stopApp = (await aBoltApp(slack, scripted)).stop
    page = await opened({ viewport: { width: 1280, height: 800 } })
  })
  afterEach(async () => {
    await page.context().close()
    await stopApp()
    await slack.close()
    if (problems.length > 0) throw new Error(`the page complained: ${problems.join('; ')}`)
  })

  async function opened(options: BrowserContextOptions): Promise<Page> {
    const context = await chromium.browser.newContext({ timezoneId: 'UTC', ...options })
    const fresh = await context.newPage()
    fresh.setDefaultTimeout(30_000)
    problems = []
    fresh.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text())
    })
    fresh.on('pageerror', (error) => problems.push(String(error)))
    fresh.on('request', (request) => {
      if (new URL(request.url()).hostname !== 'localhost') problems.push(`left: ${request.url()}`)
    })
    await fresh.goto(slack.url)
    await fresh.getByRole('log').first().waitFor()
    return fresh
  }
  async function picture(name: string, of: Page = page): Promise<void> {
    if (!pictures) return
    await mkdir(pictures, { recursive: true })
    await of.screenshot({ path: join(pictures, `${name}.png`), timeout: 20_000 })
  }
  const write = async (text: string): Promise<void> => {
    const composer = page.getByLabel('Message #checkout')
    await composer.fill(text)
    await composer.press('Enter')
  }
  const become = (title: string) => page.getByLabel('You are').selectOption({ label: title })
  const asked = async (): Promise<void> => {
    await write('/rollback checkout')
    await page.getByRole('button', { name: 'Approve' }).waitFor()
  }

  test('a deploy of a frozen service is refused in the words of the cluster', async () => {
    world.change({ services: [aService('checkout', { frozen: true })] })
    await page.getByTitle('Deploys of it are refused').waitFor()
    await page.getByRole('button', { name: 'Ship a bad version' }).click()
    const refusal = page.getByRole('alert')
    await refusal.waitFor()
    await picture('0-frozen')

    expect(await refusal.textContent()).toBe(
      'The cluster refused it: Deploys of checkout are frozen until 16:30 UTC.',
    )
  })

  test('a canary is shipped where the list says so, and is called one', async () => {
    await page.getByLabel('What is wrong with it').selectOption('canary')
    await page.getByRole('button', { name: 'Ship a canary' }).click()

    await expect.poll(() => world.asked).toEqual(['ship checkout canary'])
  })

  test('where Git has another version than runs, it is put right with one press', async () => {
    const delivery = 'Argo CD: paused, Git has 2.5.0'
    world.change({
      services: [aService('reviews', { version: '2.4.1', delivery, git: { hasWhatRuns: false } })],
    })
    await page.getByText(delivery).waitFor()
    await picture('0-git')
    await page.getByRole('button', { name: 'Put 2.4.1 into Git' }).click()
    await expect.poll(() => world.asked).toEqual(['commit reviews'])

    world.change({ services: [aService('reviews', { delivery, git: { hasWhatRuns: true } })] })
    await page.getByRole('button', { name: 'into Git' }).waitFor({ state: 'detached' })
  })

  test('a newcomer is led from a bad version to an approved rollback', async () => {
    await page.getByText('Try it · 1 of 3').waitFor()
    await picture('1-start')
    await page.getByRole('button', { name: 'Ship a bad version' }).click()
    await page.getByText('Try it · 2 of 3').waitFor()
    expect(world.asked).toEqual(['ship checkout errors'])
    world.change({
      services: [
        aService('checkout', { count: 12, version: 'v2.3.0', errorRate: 0.062, p95: 0.64 }),
        aService('payments', { version: 'v1.9.4' }),
      ],
    })
    await page.getByText('6.2 %', { exact: true }).waitFor()
    await page.getByRole('button', { name: '/rollback checkout' }).click()
    await page.getByLabel('Message #checkout').press('Enter')
    await page.getByText('Only visible to you').waitFor()
    await page.getByText('Try it · 3 of 3').waitFor()
    await picture('2-asked')

    await page.getByRole('button', { name: 'Approve' }).click()
    const dialog = page.getByRole('dialog', { name: 'Roll back checkout?' })
    await dialog.waitFor()
    await picture('3-confirm')
    await dialog.getByRole('button', { name: 'Roll back', exact: true }).click()
    await page.getByText('Rolling back checkout to v2.2.1').waitFor()
    // A press is no approval: the record says when there is one, and by whom does not matter here.
    expect(await page.getByText('Try it · 3 of 3').count()).toBe(1)
    const incident = { id: 'inc-checkout-7fk3qd', service: 'checkout', channel: undefined }
    world.timelines.set(incident.id, { markdown: '# Timeline', json: '{}', verified: true })
    world.change({ incidents: [{ ...incident, approved: false, countingDown: true }] })
    await page.getByText('It is rolled back by itself when the countdown').waitFor()
    world.change({ incidents: [{ ...incident, approved: true, countingDown: false }] })
    await page.getByText('What else to try').waitFor()
    await picture('4-running')

    expect(await page.getByRole('button', { name: 'Approve' }).count()).toBe(0)
    expect(slack.transcript()).toContain('@oncall presses [Approve] and confirms [Roll back]')
  })

  test('an outsider is refused privately, and nobody else sees it', async () => {
    await asked()
    await become('Marketing · Pablo Reyes')
    await page.getByText('Signed in as @outsider').waitFor()
    await page.getByRole('button', { name: 'Approve' }).click()
    await page.getByRole('button', { name: 'Roll back', exact: true }).click()
    const refusal = page.getByText('Not you, not now')
    await refusal.waitFor()
    await picture('5-refused')

    expect(slack.ephemerals('outsider')).toHaveLength(1)
    await become('On-call engineer · Noor Haddad')
    await page.getByText('Signed in as @oncall').waitFor()
    await refusal.waitFor({ state: 'detached' })
    expect(await refusal.count()).toBe(0)
  })

  test('saying “not yet” in the confirm dialog sends nothing', async () => {
    await asked()
    const before = slack.requests().length
    await page.getByRole('button', { name: 'Approve' }).click()
    await page.getByRole('button', { name: 'Not yet' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })

    expect(slack.requests()).toHaveLength(before)
  })

  test('the thread shows the timeline and the evidence', async () => {
    await asked()
    await page.getByRole('button', { name: 'Approve' }).click()
    await page.getByRole('button', { name: 'Roll back', exact: true }).click()
    await page.getByRole('button', { name: /3 replies/ }).click()
    const thread = page.getByRole('complementary', { name: 'Thread' })
    await thread.getByText('approved by').waitFor()
    await thread.getByText('ERROR payment refused #0').waitFor()
    await picture('6-thread')
    await thread.getByRole('button', { name: 'Show all 12 lines' }).click()
    await thread.getByText('ERROR payment refused #11').waitFor()
    const composer = thread.getByLabel('Reply…')
    await composer.fill('looking')
    await composer.press('Enter')

    const reply = await slack.until(() =>
      slack.messages('checkout').find(({ message }) => message.text === 'looking'),
    )
    expect(reply.message.thread_ts).toBeDefined()
  })

  test('a modal can be filled in by keyboard and pointer, keeps its errors, and arrives', async () => {
    await asked()
    await page.getByRole('button', { name: 'Reject' }).click()
    const modal = page.getByRole('dialog', { name: 'Reject the rollback' })
    await modal.waitFor()
    await modal.getByRole('button', { name: 'Reject' }).click()
    await modal.getByText('Please fill this in.').first().waitFor()
    const service = modal.getByRole('combobox', { name: 'Service' })
    await service.fill('pay')
    await modal.getByRole('option', { name: 'payments' }).waitFor()
    await picture('7-modal')
    await service.press('Enter')
    await modal.getByRole('combobox', { name: 'Go back to' }).click()
    await modal.getByRole('option', { name: /v2.1.9/ }).click()
    await modal.getByRole('radio', { name: /Not caused/ }).check()
    await modal.getByRole('checkbox', { name: 'Support' }).check()
    await modal.getByRole('checkbox', { name: 'Status page' }).check()
    const reason = modal.getByRole('textbox', { name: 'In your own words' })
    await reason.fill('no')
    await modal.getByRole('button', { name: 'Reject' }).click()
    await modal.getByText('Please write at least 3 characters.').waitFor()
    await reason.fill('short')
    await modal.getByRole('button', { name: 'Reject' }).click()
    await modal.getByText('Please say a little more.').waitFor()
    await picture('8-modal-error')
    await reason.fill('the upstream bank is down')
    await modal.getByRole('button', { name: 'Reject' }).click()

    const said = await slack.until(() =>
      slack.messages('checkout').find(({ message }) => message.text.startsWith('rejected by')),
    )
    expect(slack.words(said.message)).toBe(
      'rejected by @oncall: payments v2.1.9 other support+status the upstream bank is down',
    )
    await modal.waitFor({ state: 'detached' })
  })

  test('a choice made on a message that was redrawn without it does not block the next press', async () => {
    const { chat } = clientOf(slack)
    const pick = {
      type: 'static_select' as const,
      action_id: 'pick',
      options: [{ text: { type: 'plain_text' as const, text: 'v2.1.9' }, value: 'v2.1.9' }],
    }
    const go = { type: 'actions' as const, block_id: 'go', elements: [button('Look', 'look')] }
    const { ts = '' } = await chat.postMessage({
      channel: 'C0CHECKOUT',
      text: 'x',
      blocks: [{ type: 'actions', block_id: 'choose', elements: [pick] }, go],
    })
    await page.getByRole('combobox', { name: 'pick' }).click()
    await page.getByRole('option', { name: 'v2.1.9' }).click()
    await chat.update({ channel: 'C0CHECKOUT', ts, text: 'x', blocks: [go] })
    await page.getByRole('combobox', { name: 'pick' }).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Look' }).click()

    await expect
      .poll(() => slack.requests().map(({ sent, ack }) => [actionIn(sent.body), ack.kind]))
      .toEqual([
        ['pick', 'acknowledged'],
        ['look', 'acknowledged'],
      ])
  })

  test('typing a slash offers the commands and their usage', async () => {
    const composer = page.getByLabel('Message #checkout')
    await composer.fill('/')
    await page.getByRole('option', { name: /\/assess/ }).waitFor()
    await picture('9-commands')
    await composer.press('Tab')

    expect(await composer.inputValue()).toBe('/rollback ')
    await page.getByText('/rollback [service]').waitFor()
  })

  test('other channels show what has not been read', async () => {
    const general = page.getByRole('button', { name: /general/ })
    slack.as('teamLead').say('lunch?', { channel: 'general' })
    await page.getByLabel('1 unread').waitFor()
    await general.click()
    await page.getByText('lunch?').waitFor()

    expect(await page.getByLabel('1 unread').count()).toBe(0)
  })

  test('somebody who is invited to a channel finds what was said before', async () => {
    const { WebClient } = await import('@slack/web-api')
    const { conversations, chat } = new WebClient('xoxb-test-token', { slackApiUrl: slack.apiUrl })
    const { channel } = await conversations.create({ name: 'inc-1-checkout' })
    const id = channel?.id ?? ''
    await chat.postMessage({ channel: id, text: 'The card was here first' })
    await conversations.invite({ channel: id, users: 'U0ONCALL01' })
    await page.getByRole('button', { name: /inc-1-checkout/ }).click()

    await page.getByText('The card was here first').waitFor()
    expect(await page.getByRole('heading', { name: '# inc-1-checkout' }).count()).toBe(1)
  })

  test('the clock moves, Slack goes down and comes back', async () => {
    const clock = page.getByLabel('Pretend time')
    await clock.getByText('14:30 UTC').waitFor()
    await page.getByRole('button', { name: '+15 min' }).click()
    await clock.getByText('14:45 UTC').waitFor()
    await page.getByRole('switch', { name: 'Slack down' }).click()
    slack.faults.down(true)
    await page.getByText('Slack is down. Countermand carries on').waitFor()
    await picture('10-down')
    expect(await page.getByLabel('Message #checkout').isDisabled()).toBe(true)
    const pager = page.getByRole('region', { name: 'Pager' })
    expect(await pager.count()).toBe(0)
    const call = {
      service: 'checkout',
      summary: 'checkout (prod/production): 5xx 6.2 %, above 5 %',
      at: new Date(world.now()).toISOString(),
      calls: 'Noor Haddad',
    }
    world.change({ pages: [{ ...call, state: 'triggered' }] })
    await pager.getByText('is being called').waitFor()
    await picture('10-paged')
    world.change({ pages: [{ ...call, state: 'acknowledged' }] })
    await pager.getByText('somebody has decided').waitFor()
    expect(await pager.innerText()).toContain('Noor Haddad')
    slack.faults.down(false)
    await page.getByText('Slack is down. Countermand carries on').waitFor({ state: 'detached' })

    expect(world.asked).toEqual(['clock +15', 'slack down'])
  })

  test('the timeline of an incident comes with the answer of its own check', async () => {
    world.timelines.set('inc-checkout-7fk3qd', {
      markdown: '# Timeline\n14:30 asked',
      json: '{}',
      verified: true,
    })
    world.change({
      incidents: [
        {
          id: 'inc-checkout-7fk3qd',
          service: 'checkout',
          channel: undefined,
          approved: false,
          countingDown: false,
        },
      ],
    })
    await page.getByText('✓ chain verified').waitFor()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Markdown' }).click(),
    ])

    expect(download.suggestedFilename()).toBe('timeline-inc-checkout-7fk3qd.md')
    expect(await readFile(await download.path(), 'utf8')).toBe('# Timeline\n14:30 asked')
  })

  test('hundreds of messages arrive without losing the place of somebody who reads', async () => {
    const box = `document.querySelector('[role=log]')`
    for (let count = 0; count < 300; count += 1)
      slack.as('teamLead').say(`message number ${count}`, { channel: 'checkout' })
    await page.getByText('message number 299', { exact: true }).waitFor()
    expect(await page.getByText('message number 100', { exact: true }).count()).toBe(0)
    await page.getByRole('button', { name: 'Show earlier messages' }).waitFor({ state: 'attached' })
    await page.evaluate(`${box}.scrollTo(0, 400)`)
    slack.as('teamLead').say('one more', { channel: 'checkout' })
    await page.getByRole('button', { name: 'New messages below' }).waitFor()
    const place = await page.evaluate(`${box}.scrollTop`)
    await page.getByRole('button', { name: 'New messages below' }).click()
    await page.getByText('one more').waitFor()

    expect(place).toBeGreaterThan(300)
    expect(place).toBeLessThan(500)
  })

  test('hostile and endless text stays text and stays inside the page', async () => {
    const hostile = `<img src=x onerror=alert(1)> <script>alert(2)</script> ${'endless'.repeat(80)}`
    slack.as('outsider').say(hostile, { channel: 'checkout' })
    await page.getByText('<script>alert(2)</script>').waitFor()

    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
    expect(overflow).toBeLessThanOrEqual(0)
    expect(await page.getByRole('log').locator('img[src="x"]').count()).toBe(0)
  })

  test('on a phone in the dark everything is reachable and nothing sticks out', async () => {
    await page.context().close()
    page = await opened({
      viewport: { width: 390, height: 844 },
      colorScheme: 'dark',
      hasTouch: true,
      isMobile: true,
      deviceScaleFactor: 2,
    })
    await asked()
    await picture('11-phone')
    await page.getByRole('button', { name: 'Channels' }).tap()
    await page.getByRole('navigation').waitFor()
    await picture('12-phone-channels')
    await page.getByRole('button', { name: 'checkout', exact: true }).tap()
    await page.getByRole('button', { name: 'Sandbox' }).tap()
    await page.getByText('Ship a bad version').last().waitFor()
    await picture('13-phone-panel')
    await page.getByRole('button', { name: 'Sandbox', exact: true }).tap()
    await page.getByRole('button', { name: 'Reject' }).tap()
    await page.getByRole('dialog').waitFor()
    await picture('14-phone-modal')

    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0)
  })

  test('dark can be chosen by hand and is remembered', async () => {
    await asked()
    await page.getByRole('button', { name: 'Colours: System colours' }).click()
    await page.getByRole('button', { name: 'Colours: Dark' }).waitFor()
    await picture('15-dark')
    await page.reload()
    await page.getByRole('button', { name: 'Colours: Dark' }).waitFor()

    const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor')
    expect(ground).toBe('rgb(26, 29, 33)')
  })
})

function actionIn(body: string): unknown {
  const payload: unknown = JSON.parse(new URLSearchParams(body).get('payload') ?? '{}')
  return /"action_id":"(\w+)"/.exec(JSON.stringify(Object(payload).actions))?.[1]
}
