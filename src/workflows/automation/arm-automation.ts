import type { AutomationSettings } from '#domain/automation/settings.ts'
import { automationState } from '#domain/automation/state.ts'
import { automationOf } from '#domain/ids.ts'
import { isSameJson } from '#domain/json.ts'
import type { Service } from '#domain/service.ts'
import { seconds } from '#domain/time.ts'
import { changeOfAutomation } from './record.ts'
import type { World } from '#workflows/world.ts'

const none: AutomationSettings = { mode: 'off', countdownMicros: seconds(30), triggers: [] }

/** Notes what each service allows to happen by itself, where that changed, and has it looked at from now on. Safe to repeat. */
export async function armAutomation({
  timeline,
  policy,
  catalogue,
}: Pick<World, 'timeline' | 'policy' | 'catalogue'>): Promise<void> {
  const known = new Set(await timeline.automations())
  // A service that never had any needs no record of it.
  for (const { id, automation } of catalogue.values())
    if (automation || known.has(automationOf(id))) await arm(id, automation ?? none)

  async function arm(service: Service['id'], settings: AutomationSettings): Promise<void> {
    const stream = automationOf(service)
    await timeline.decide(stream, (history, now) => {
      const state = automationState(history)
      const isSame =
        state !== undefined && state.policy === policy.hash && isSameJson(state.settings, settings)
      const about = { automation: stream, service } as const
      const event = { kind: 'automation_set_up', ...about, settings, policy: policy.hash } as const
      const change = changeOfAutomation(isSame ? [] : [event], history, now)
      return { change, answer: undefined }
    })
  }
}
