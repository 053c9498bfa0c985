import { sourceNames, type TakenAlert } from '#domain/alerts/alert.ts'
import { clock } from '#domain/communication/words.ts'
import type { Service } from '#domain/service.ts'
import type { Instant } from '#domain/time.ts'
import { actions, button, context, message, section } from './blocks.ts'
import { bold, dotted, lines, mrkdwn, quoted } from './markup.ts'
import type { Message, Sign } from './message.ts'

const mostShown = 5

/** What somebody says who may open nothing, or of whom nobody knows who it is: people look, and decide. */
export function suggestion({
  service,
  alerts,
  now,
  sign,
  assess,
}: {
  readonly service: Service
  readonly alerts: readonly TakenAlert[]
  readonly now: Instant
  readonly sign: Sign
  readonly assess: string
}): Message {
  const [first] = alerts
  if (first?.source === 'versions') return noWayBack(service, first)
  const who = first ? sourceNames[first.source] : 'Somebody'
  const title = mrkdwn`Something may be wrong with ${bold(service.id)}, says ${who}. Nothing was opened.`
  const left = alerts.length - mostShown
  return message(
    title,
    section(
      lines(
        title,
        ...alerts
          .slice(0, mostShown)
          .map(({ name, summary, startsAt }) =>
            dotted(
              quoted(name, 80),
              summary === name ? undefined : quoted(summary, 150),
              mrkdwn`since ${clock(startsAt, now)}`,
            ),
          ),
        left > 0 ? mrkdwn`and ${left} more` : undefined,
      ),
    ),
    actions(button('Start rollback…', { kind: 'start-rollback', service: service.id }, sign)),
    context(
      mrkdwn`This came without proof of who sent it, or from a source that may only suggest. ${`${assess} ${service.id}`} says how bad it is.`,
    ),
  )
}

/** Nothing is wrong yet: it is said while there is time. */
function noWayBack({ id }: Service, { name, summary }: TakenAlert): Message {
  const title = mrkdwn`${bold(id)}: ${name}`
  return message(
    title,
    section(lines(title, mrkdwn`${summary}`)),
    context(
      mrkdwn`Nothing is wrong, and nothing was opened. A change of the schema that both versions can run on, in two deploys, keeps the way back open.`,
    ),
  )
}
