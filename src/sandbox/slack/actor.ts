import { isWire, type World } from './api/method.ts'
import { showAnswer, showTrouble } from './answers.ts'
import type { Ack, Delivery } from './delivery.ts'
import { findElement, type Input, optionsOf, textOf } from './elements.ts'
import { actionOf, missingInputs, statesOf } from './inputs.ts'
import { escaped } from './escaping.ts'
import type { Channel, Posted, View, Wire } from './model.ts'
import {
  globalShortcut,
  isPosted,
  messageAction,
  messageShortcut,
  optionsQuery,
  slashCommand,
  viewAction,
  viewClosed,
  viewSubmission,
} from './requests.ts'
import { takeSubmissionAnswer, viewTrouble } from './submission.ts'
import { mayLook } from './workspace.ts'

/** A confirm dialog stands in between: press again with `confirm: true`. Nothing was sent. */
export interface Confirming {
  readonly kind: 'confirming'
  readonly dialog: Wire
}
export interface Pressed {
  readonly confirm?: boolean
  readonly value?: Input
  /** What else is filled in on the same surface, by action_id, block_id or label. */
  readonly inputs?: Readonly<Record<string, Input>>
}
/** Slack itself keeps the view open: required inputs are empty. Nothing was sent. */
export interface Incomplete {
  readonly kind: 'incomplete'
  readonly missing: readonly string[]
}
export interface ActorDeps {
  readonly world: World
  readonly delivery: Delivery
  /** The manifest's commands; anything may be typed when empty. */
  readonly commands: () => readonly string[]
  readonly note: (line: string) => void
  readonly errors: Map<string, Readonly<Record<string, string>>>
}

/** What one person can do in the pretend Slack. Each promise resolves when the app acknowledged or failed to. */
export function createActor(user: string, { world, delivery, commands, note, errors }: ActorDeps) {
  const { workspace } = world
  const person = workspace.people.get(user)
  if (!person) throw new Error(`nobody in the pretend workspace is ${user}`)
  const me = `@${person.name}`

  return {
    id: user,
    name: person.name,

    /** Types into the composer: `/rollback checkout`. */
    async command(line: string, at: { readonly channel: string }): Promise<Ack | undefined> {
      const room = ownRoom(at.channel)
      const [command = '', ...words] = line.trim().split(/\s+/)
      const typed = line.trim().slice(command.length).trim()
      note(`#${room.name}  ${me}: ${[command, ...words].join(' ')}`)
      if (commands().length > 0 && !commands().includes(command)) {
        showTrouble(`\`${command}\` is not a valid command.`, user, room.id, world)
        return undefined
      }
      const answerable = {
        user,
        channel: room.id,
        original: undefined,
        thread: undefined,
        replaceable: false,
      }
      const ack = await delivery.form(
        `command ${command}`,
        slashCommand(room, command, escaped(typed, workspace), answerable, world),
      )
      if (ack.kind === 'acknowledged') showAnswer(ack.body, answerable, world)
      else showTrouble(`${command} failed with the error "${ack.error}"`, user, room.id, world)
      return ack
    },

    /** Writes a message, with metadata when another app does it for them. Mentioning the bot where it is a member sends it an `app_mention`. */
    say(
      words: string,
      at: { readonly channel: string; readonly thread?: string; readonly metadata?: Wire },
    ): Posted {
      const room = ownRoom(at.channel)
      const text = escaped(words, workspace)
      note(`#${room.name}  ${me}: ${words}`)
      return workspace.post(room.id, {
        type: 'message',
        ts: workspace.newTs(),
        user,
        team: person.externalTeam ?? workspace.team.id,
        text,
        ...(at.thread ? { thread_ts: at.thread } : {}),
        ...(at.metadata ? { metadata: at.metadata } : {}),
      })
    },

    /** Presses or picks something in a message or an open view, found by action_id, block_id or label. */
    async click(
      where: Posted | View,
      wanted: string,
      pressed: Pressed = {},
    ): Promise<Ack | Confirming> {
      const blocks = isPosted(where) ? (where.message.blocks ?? []) : where.blocks
      const found = findElement(blocks, wanted)
      if (!found) throw new Error(`nothing here is called "${wanted}"`)
      const { element } = found
      const label = textOf(element['text']) || wanted
      if (isWire(element['confirm']) && pressed.confirm !== true) {
        note(`${me} presses [${label}] and is asked to confirm`)
        return { kind: 'confirming', dialog: element['confirm'] }
      }
      const confirmed = isWire(element['confirm'])
        ? ` and confirms [${textOf(element['confirm']['confirm'])}]`
        : ''
      note(`${me} presses [${label}]${confirmed}`)
      const inputs = { ...pressed.inputs }
      if (pressed.value !== undefined) inputs[wanted] = pressed.value
      const state = statesOf(blocks, inputs)
      const action = actionOf(found, pressed.value, workspace.newTs())
      if (isPosted(where)) {
        const ack = await interact(messageAction(user, where, action, state, world))
        if (ack.kind === 'failed')
          showTrouble(
            `Something went wrong with [${label}]: ${ack.error}. Try again.`,
            user,
            where.channel,
            world,
          )
        return ack
      }
      return interact(viewAction(user, where, action, state, world))
    },

    /** Presses the submit button of the view on top. */
    async submit(
      view: View,
      values: Readonly<Record<string, Input>> = {},
    ): Promise<Ack | Incomplete> {
      const state = statesOf(view.blocks, values)
      const missing = missingInputs(view, state)
      if (missing.length > 0) return { kind: 'incomplete', missing }
      note(`${me} submits “${textOf(view.title)}” with [${textOf(view.submit) || 'Submit'}]`)
      errors.delete(view.id)
      const ack = await interact(viewSubmission(user, view, state, world))
      if (ack.kind === 'acknowledged')
        takeSubmissionAnswer(view, ack.body, { user, workspace, errors })
      else errors.set(view.id, viewTrouble)
      workspace.setViews(user, workspace.viewsOf(user))
      return ack
    },

    /** Closes the view on top, or all of them. */
    async close(view: View, all = false): Promise<Ack | undefined> {
      note(`${me} closes “${textOf(view.title)}”`)
      workspace.setViews(
        user,
        all ? [] : workspace.viewsOf(user).filter(({ id }) => id !== view.id),
      )
      if (view['notify_on_close'] !== true) return undefined
      return interact(viewClosed(user, view, all, world))
    },

    /** Types into an external select: the app's options for `typed`. */
    async options(where: Posted | View, wanted: string, typed: string): Promise<readonly Wire[]> {
      const found = findElement(
        isPosted(where) ? (where.message.blocks ?? []) : where.blocks,
        wanted,
      )
      if (!found) throw new Error(`nothing here is called "${wanted}"`)
      const asked = {
        actionId: String(found.element['action_id']),
        blockId: String(found.block['block_id']),
        value: typed,
      }
      const ack = await interact(optionsQuery(user, where, asked, world))
      if (ack.kind !== 'acknowledged' || !isWire(ack.body)) return []
      return optionsOf(ack.body)
    },

    shortcut: (callbackId: string): Promise<Ack> =>
      interact(globalShortcut(user, callbackId, world)),
    messageShortcut: (callbackId: string, { channel, message }: Posted): Promise<Ack> =>
      interact(messageShortcut(user, callbackId, channel, message, world)),
  }

  function interact(payload: Wire): Promise<Ack> {
    return delivery.form(String(payload['type']), { payload: JSON.stringify(payload) })
  }

  function ownRoom(name: string): Channel {
    const room = workspace.room(name)
    if (!mayLook(workspace, room, user)) throw new Error(`${me} is not in #${room.name}`)
    if (room.isArchived) throw new Error(`#${room.name} is archived`)
    return room.members.includes(user)
      ? room
      : workspace.changeRoom(room.id, { members: [...room.members, user] })
  }
}

export type Actor = ReturnType<typeof createActor>
