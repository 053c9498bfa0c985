import { clock } from '#domain/communication/words.ts'
import { isRefusedAtOnce } from '#domain/rollback/failure.ts'
import { actions, header, message, section, sectionIf } from './blocks.ts'
import { faultBlocks } from './card-faults.ts'
import {
  approvedBy,
  askedBy,
  brokenGlass,
  checklistButton,
  footnote,
  fromName,
  held,
  liftHold,
  press,
  reviewButton,
  situation,
  toName,
} from './card-parts.ts'
import { resumeSync, syncText } from './card-sync.ts'
import { lines, type Markup, mrkdwn, person, quoted } from './markup.ts'
import type { CardInput, Message } from './message.ts'

/** Over, without the service having been left on another version. */
export function endedCard(input: CardInput): Message {
  const { title, said } = ending(input)
  const { rollback } = input
  const undone = rollback.phase === 'undone'
  const left = undone || rollback.phase === 'superseded'
  return message(
    mrkdwn`${title}`,
    header(title),
    situation(input),
    section(
      lines(
        said,
        left ? held(input) : undefined,
        left ? syncText(input) : undefined,
        askedBy(input),
      ),
    ),
    sectionIf(undone ? approvedBy(input) : undefined),
    faultBlocks(input),
    brokenGlass(input),
    actions(
      left ? liftHold(input) : undefined,
      left ? resumeSync(input) : undefined,
      undone ? checklistButton(input) : undefined,
      press(input, 'Timeline', 'timeline'),
      reviewButton(input),
    ),
    footnote(input),
  )
}

function ending(input: CardInput): { readonly title: string; readonly said: Markup } {
  const { rollback, service, now } = input
  const { ended, since } = rollback
  const at = clock(ended?.at ?? since, now)
  const by = ended?.by ? mrkdwn` by ${person(ended.by)}` : mrkdwn``
  const stays = mrkdwn`Nothing was changed: ${service.id} stays on ${fromName(input)}. To try again, ask for a new rollback.`
  switch (rollback.phase) {
    case 'rejected':
      return {
        title: `Rollback of ${service.id} was rejected`,
        said: mrkdwn`Rejected${by} at ${at}${ended?.why ? mrkdwn`: ${quoted(ended.why)}` : mrkdwn``}. ${stays}`,
      }
    case 'cancelled':
      return ended?.by
        ? {
            title: `Rollback of ${service.id} was cancelled`,
            said: mrkdwn`Cancelled${by} at ${at}. ${stays}`,
          }
        : {
            title: `Rollback of ${service.id} is not possible`,
            said: mrkdwn`Ended at ${at}: ${ended?.why ?? 'no new plan could be made'}. ${stays}`,
          }
    case 'expired':
      return {
        title: `Rollback of ${service.id} expired`,
        said: mrkdwn`${expiry(ended?.why)} (${at}). ${stays}`,
      }
    case 'superseded':
      return {
        title: `Rollback of ${service.id} to ${toName(input)} was followed by another`,
        said: mrkdwn`It was carried out; since ${at} the newer card shows where ${service.id} stands.`,
      }
    default:
      if (isRefusedAtOnce(rollback))
        return {
          title: `Rollback of ${service.id} was refused`,
          said: mrkdwn`Nothing was changed at ${at}: ${service.id} stays on ${fromName(input)}, because ${quoted(ended?.why ?? 'unknown')}. Put that right, then ask for another rollback.`,
        }
      return {
        title: `Rollback of ${service.id} was taken back`,
        said: mrkdwn`${service.id} is on ${fromName(input)} again since ${at}; ${toName(input)} was left${ended?.why ? mrkdwn` because ${quoted(ended.why)}` : mrkdwn``}. If it is still unwell, ask for another rollback.`,
      }
  }
}

const expiry = (what: string | undefined): string =>
  what === 'schedule'
    ? 'It could not begin within 30 minutes of its time'
    : 'Nobody decided on it in time'
