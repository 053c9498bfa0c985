import { isWire, type World } from './api/method.ts'
import { checkedView, pushView, replaceView } from './api/views.ts'
import { showAnswer, showTrouble } from './answers.ts'
import type { Ack, Delivery } from './delivery.ts'
import {
  findElement,
  type Found,
  type Input,
  interactiveIn,
  isFilled,
  stateOf,
  textOf,
} from './elements.ts'
import { escaped } from './escaping.ts'
import { type Channel, type Posted, Refused, type View, type Wire } from './model.ts'
import {
  globalShortcut,
  isPosted,
  messageAction,
  messageShortcut,
  optionsQuery,
  viewAction,
  viewClosed,
  viewSubmission,
} from './requests.ts'

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
      const ack = await delivery.form(`command ${command}`, {
        token: 'retired-verification-token',
        team_id: workspace.team.id,
        team_domain: workspace.team.domain,
        channel_id: room.id,
        channel_name: room.isIm ? 'directmessage' : room.isPrivate ? 'privategroup' : room.name,
        user_id: user,
        user_name: person.name,
        command,
        text: escaped(typed, workspace),
        api_app_id: workspace.bot.appId,
        is_enterprise_install: 'false',
        response_url: `${world.baseUrl()}/response/${world.sessions.newResponse(answerable)}`,
        trigger_id: world.sessions.newTrigger(user),
      })
      if (ack.kind === 'acknowledged') showAnswer(ack.body, answerable, world)
      else showTrouble(`${command} failed with the error "${ack.error}"`, user, room.id, world)
      return ack
    },

    /** Writes a message. Mentioning the bot where it is a member sends it an `app_mention`. */
    say(words: string, at: { readonly channel: string; readonly thread?: string }): Posted {
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
      const action = actionOf(found, pressed.value)
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
      if (ack.kind === 'acknowledged') respondToSubmission(view, ack.body)
      else errors.set(view.id, { '': 'We had some trouble connecting. Try again?' })
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
      const { options, option_groups: groups } = ack.body
      const lists = Array.isArray(groups)
        ? groups.filter(isWire).map((group) => group['options'])
        : [options]
      return lists.flatMap((list) => (Array.isArray(list) ? list.filter(isWire) : []))
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
    if (!room.members.includes(user)) throw new Error(`${me} is not in #${room.name}`)
    if (room.isArchived) throw new Error(`#${room.name} is archived`)
    return room
  }

  function respondToSubmission(view: View, body: unknown): void {
    const answer = isWire(body) ? body : {}
    switch (answer['response_action']) {
      case undefined:
        return workspace.setViews(
          user,
          workspace.viewsOf(user).filter(({ id }) => id !== view.id),
        )
      case 'clear':
        return workspace.setViews(user, [])
      case 'errors': {
        const said = isWire(answer['errors']) ? answer['errors'] : {}
        const texts = Object.entries(said).map(([block, text]) => [block, String(text)])
        const known = texts.filter(([block]) =>
          view.blocks.some((one) => one['block_id'] === block),
        )
        // Slack drops the answer and shows its own trouble when a named block is not an input of the view.
        errors.set(
          view.id,
          known.length > 0
            ? Object.fromEntries(known)
            : { '': 'We had some trouble connecting. Try again?' },
        )
        return
      }
      case 'update':
      case 'push':
        try {
          const body = checkedView({ view: answer['view'] })
          if (answer['response_action'] === 'push') pushView(workspace, user, body)
          else replaceView(workspace, user, view, body)
        } catch (error) {
          if (!(error instanceof Refused)) throw error
          errors.set(view.id, { '': 'We had some trouble connecting. Try again?' })
        }
        return
      default:
        errors.set(view.id, { '': 'We had some trouble connecting. Try again?' })
    }
  }

  /** Slack's `state.values`: block_id → action_id → state. Throws for a name that is nowhere, so that tests cannot fill in thin air. */
  function statesOf(blocks: readonly Wire[], inputs: Readonly<Record<string, Input>>): Wire {
    const given = new Map(
      Object.entries(inputs).map(([name, input]) => {
        const found = findElement(blocks, name)
        if (!found) throw new Error(`nothing here is called "${name}"`)
        return [found.element, input]
      }),
    )
    const values: Record<string, Record<string, unknown>> = {}
    for (const { block, element } of interactiveIn(blocks)) {
      if (element['type'] === 'button' || element['type'] === 'overflow') continue
      const id = String(block['block_id'])
      values[id] = {
        ...values[id],
        [String(element['action_id'])]: stateOf(element, given.get(element)),
      }
    }
    return values
  }

  function actionOf({ block, element }: Found, input: Input): Wire {
    const type = String(element['type'])
    const base = {
      type,
      action_id: element['action_id'],
      block_id: block['block_id'],
      action_ts: workspace.newTs(),
    }
    if (type !== 'button') return { ...base, ...stateOf(element, input) }
    return {
      ...base,
      text: element['text'],
      ...(element['value'] === undefined ? {} : { value: element['value'] }),
      ...(element['style'] === undefined ? {} : { style: element['style'] }),
      ...(element['url'] === undefined ? {} : { url: element['url'] }),
    }
  }
}

export type Actor = ReturnType<typeof createActor>

function missingInputs(view: View, state: Wire): readonly string[] {
  return view.blocks
    .filter((block) => block['type'] === 'input' && block['optional'] !== true)
    .filter((block) => {
      const values = state[String(block['block_id'])]
      return !isWire(values) || !Object.values(values).filter(isWire).some(isFilled)
    })
    .map((block) => textOf(block['label']))
}
