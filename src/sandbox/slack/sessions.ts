import { randomBytes } from 'node:crypto'
import { Refused } from './model.ts'

/** A trigger opens one view within 3 s; a response_url takes 5 answers within 30 min. */
const triggerMillis = 3_000
const responseMillis = 30 * 60_000
const responseUses = 5

export interface Answerable {
  readonly user: string
  readonly channel: string
  /** The message whose button was pressed: what `replace_original` means. */
  readonly original: string | undefined
  readonly thread: string | undefined
  /** False for slash commands, whose answers have nothing to replace. */
  readonly replaceable: boolean
  /** Where the answer came to; absent in the acknowledgement itself. */
  readonly address?: string
}

/** Short-lived permissions that Slack hands to the app with each request. */
export function createSessions(now: () => number, slowness: () => number = () => 1) {
  const triggers = new Map<string, { user: string; at: number; used: boolean }>()
  const answers = new Map<string, Answerable & { readonly at: number; uses: number }>()
  let count = 0

  return {
    newTrigger(user: string): string {
      count += 1
      const id = `${Math.floor(now())}.${count}.${randomBytes(16).toString('hex')}`
      triggers.set(id, { user, at: now(), used: false })
      return id
    },
    /** Whose trigger it was. */
    useTrigger(id: string): string {
      const trigger = triggers.get(id)
      if (!trigger) throw new Refused('invalid_trigger_id')
      if (trigger.used) throw new Refused('exchanged_trigger_id')
      if (now() - trigger.at > triggerMillis * slowness()) throw new Refused('expired_trigger_id')
      trigger.used = true
      return trigger.user
    },
    newResponse(answerable: Answerable): string {
      const id = randomBytes(18).toString('base64url')
      answers.set(id, { ...answerable, address: id, at: now(), uses: 0 })
      return id
    },
    useResponse(id: string): Answerable {
      const answer = answers.get(id)
      if (!answer || now() - answer.at > responseMillis || answer.uses >= responseUses)
        throw new Refused('expired_url')
      answer.uses += 1
      return answer
    },
  }
}

export type Sessions = ReturnType<typeof createSessions>
