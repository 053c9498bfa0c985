import type { Ack, Delivery } from './delivery.ts'
import type { Wire } from './model.ts'
import type { Workspace } from './workspace.ts'

/** After a first failure at once, then after 1 and 5 minutes. */
export const slackRetryDelaysMs = [0, 60_000, 300_000] as const

/** Sends an Events API event, repeated as Slack repeats it until somebody acknowledges it. */
export function createEvents(
  workspace: Workspace,
  delivery: Delivery,
  retryDelaysMs: readonly number[],
) {
  const timers = new Set<NodeJS.Timeout>()
  return {
    async send(event: Wire): Promise<readonly Ack[]> {
      const body = {
        token: 'retired-verification-token',
        team_id: workspace.team.id,
        context_team_id: workspace.team.id,
        api_app_id: workspace.bot.appId,
        event,
        type: 'event_callback',
        event_id: workspace.newId('Ev'),
        event_time: Math.floor(workspace.now() / 1_000),
        authorizations: [
          {
            enterprise_id: null,
            team_id: workspace.team.id,
            user_id: workspace.bot.userId,
            is_bot: true,
            is_enterprise_install: false,
          },
        ],
        is_ext_shared_channel: false,
      }
      const what = `event ${String(event['type'])}`
      const acks = [await delivery.json(what, body)]
      for (const [index, delay] of retryDelaysMs.entries()) {
        const last = acks.at(-1)
        if (last?.kind === 'acknowledged' || last?.headers.get('x-slack-no-retry') === '1') break
        await pause(delay)
        acks.push(
          await delivery.json(what, body, {
            'x-slack-retry-num': String(index + 1),
            'x-slack-retry-reason':
              last?.kind === 'failed' && last.error === 'operation_timeout'
                ? 'http_timeout'
                : last?.kind === 'failed' && last.status !== undefined
                  ? 'http_error'
                  : 'connection_failed',
          }),
        )
      }
      return acks
    },
    stop(): void {
      for (const timer of timers) clearTimeout(timer)
    },
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        timers.delete(timer)
        resolve()
      }, ms)
      timer.unref()
      timers.add(timer)
    })
  }
}
