import { expect, test } from 'vitest'
import type { AlertRule } from '#domain/alerts/rules.ts'
import { noWebhooks } from '#domain/alerts/settings.ts'
import { serviceId } from '#domain/ids.ts'
import { webhooksPart } from '#examination/webhooks.ts'

const secret = ['a secret of sixteen characters']
const rule = (more: Partial<AlertRule> = {}): AlertRule => ({
  name: 'rule 1',
  sources: [],
  match: {},
  service: { name: serviceId('checkout') },
  severity: null,
  effect: 'open',
  ...more,
})
const said = async (
  webhookSecrets: Parameters<typeof webhooksPart>[0]['webhookSecrets'],
  rules: readonly AlertRule[],
) => {
  const part = webhooksPart({ webhookSecrets }, { webhooks: { ...noWebhooks, rules } })
  const findings = await part.look(new AbortController().signal)
  return findings.map(({ result, text }) => `${result}: ${text}`)
}

test('where nothing may come in, nothing is said', async () => {
  expect(await said({}, [])).toEqual([])
})

test('a sender whose words no rule takes is named, and so is a rule whose sender is refused', async () => {
  expect(
    await said({ alertmanager: secret, pagerduty: secret }, [
      rule({ sources: ['alertmanager', 'github'] }),
    ]),
  ).toEqual([
    'fine: Alertmanager may send, by 1 rule',
    'note: PagerDuty may send, and no rule takes anything it sends: it is acknowledged and forgotten',
    'note: rules name GitHub, and whatever it sends is refused: it has no secret',
  ])
})

test('a rule that only ignores takes nothing', async () => {
  expect(await said({ jsm: secret }, [rule({ service: null, effect: 'ignore' })])).toEqual([
    'note: Jira Service Management may send, and no rule takes anything it sends: it is acknowledged and forgotten',
  ])
})
