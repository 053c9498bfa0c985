import type { Notice } from '#domain/communication/notice.ts'
import type { IncidentId } from '#domain/ids.ts'

/**
 * The name of a notice for ever: written twice it is shown once. Only a card is shown again and again,
 * always at the same place. `seq` is where the stream ends with this change, `at` the notice's place in it.
 */
export function noticeKey(notice: Notice, incident: IncidentId, seq: number, at: number): string {
  switch (notice.kind) {
    case 'channel':
      return `channel:${incident}`
    case 'card':
      return `card:${notice.rollback ?? incident}`
    case 'line':
      return `line:${incident}:${notice.seq}`
    case 'mention':
      return `mention:${incident}:${seq}:${at}:${notice.about}`
    case 'announcement':
      return `announcement:${incident}:${seq}:${at}:${notice.template}`
    case 'evidence':
      return `evidence:${notice.rollback}:${seq}`
    case 'assessment':
      return `assessment:${incident}:${seq}:${at}`
    case 'reply':
      return `reply:${incident}:${notice.seq}`
    case 'on-call':
      return `on-call:${incident}`
    case 'overdue':
      return `overdue:${incident}`
    case 'automation':
      return `automation:${incident}:${notice.seq}`
    case 'gate':
      return `gate:${incident}:${notice.seq}`
    case 'configuration':
      return `configuration:${notice.seq}`
    case 'owner':
      return `owner:${incident}`
    case 'post-mortem':
      return `post-mortem:${notice.rollback}:${seq}`
  }
}
