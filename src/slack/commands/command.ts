import type { Asker } from '../parts.ts'
import type { Edge } from '../edge.ts'
import type { Message } from '../views/index.ts'
import type { Word } from './words.ts'

export interface Asked {
  readonly asker: Asker
  /** The slash command as it is called here, such as `/rollback`. */
  readonly command: string
  readonly words: readonly Word[]
}

/** One subcommand; '' answers when no subcommand is named. Adding one: a file, and a line in `index.ts`. */
export interface Command {
  readonly name: string
  readonly usage: string
  readonly help: string
  readonly examples?: readonly string[]
  /** `anybody`: guests, too. `members`: whoever may ask for a rollback. `known members`: what it shows is shown only when it is certain who asks. */
  readonly answers: 'anybody' | 'members' | 'known members'
  /** What the person is told; `undefined` when a form was opened instead. */
  run(edge: Edge, asked: Asked): Promise<Message | undefined>
}
