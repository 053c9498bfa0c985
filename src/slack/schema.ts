import { z } from 'zod'

/** What we read of Slack's payloads; everything else in them is left alone. */
const Id = z.string().regex(/^[A-Z][A-Z0-9]{1,30}$/)
const User = z.object({ id: Id, team_id: Id.optional() })
const Team = z.object({ id: Id }).nullish()

export const CommandPayload = z.object({
  command: z.string().max(64),
  text: z.string().default(''),
  user_id: Id,
  team_id: Id,
  channel_id: Id,
  trigger_id: z.string(),
  response_url: z.string().optional(),
})
export type CommandPayload = z.infer<typeof CommandPayload>

export const PressedAction = z.object({
  action_id: z.string(),
  type: z.string(),
  value: z.string().optional(),
  selected_option: z.object({ value: z.string() }).nullish(),
})

const View = z.object({
  id: z.string(),
  hash: z.string(),
  callback_id: z.string(),
  private_metadata: z.string(),
  state: z
    .object({ values: z.record(z.string(), z.record(z.string(), z.unknown())) })
    .default({ values: {} }),
})
export type View = z.infer<typeof View>

export const ActionPayload = z.object({
  type: z.literal('block_actions'),
  user: User,
  team: Team,
  trigger_id: z.string().optional(),
  response_url: z.string().optional(),
  container: z.object({
    type: z.string(),
    message_ts: z.string().optional(),
    channel_id: z.string().optional(),
    thread_ts: z.string().optional(),
    is_ephemeral: z.boolean().optional(),
  }),
  view: View.optional(),
  actions: z.array(PressedAction).min(1),
})
export type ActionPayload = z.infer<typeof ActionPayload>

export const SubmissionPayload = z.object({
  type: z.literal('view_submission'),
  user: User,
  team: Team,
  trigger_id: z.string().optional(),
  view: View,
})
export type SubmissionPayload = z.infer<typeof SubmissionPayload>

export const SuggestionPayload = z.object({
  type: z.literal('block_suggestion'),
  user: User,
  team: Team,
  value: z.string().default(''),
})

/** What stands in the inbox. */
export const Body = z.record(z.string(), z.unknown())

const Chosen = z.object({
  value: z.string().nullish(),
  selected_option: z.object({ value: z.string() }).nullish(),
})

/** What was entered into an input, by its block; `undefined` for nothing. */
export function entered(view: View, block: string): string | undefined {
  const { values } = view.state
  const id = Object.keys(values).find((key) => key === block || key.startsWith(`${block}:`))
  const [element] = Object.values(values[id ?? block] ?? {})
  const { data } = Chosen.safeParse(element)
  const text = data?.selected_option?.value ?? data?.value ?? undefined
  return text === undefined || text.trim() === '' ? undefined : text
}

const ChosenMany = z.object({ selected_options: z.array(z.object({ value: z.string() })) })

/** Everything that was ticked or chosen in the inputs of that name, over all their blocks. */
export const enteredAll = ({ state }: View, block: string): readonly string[] =>
  Object.entries(state.values)
    .filter(([key]) => key === block || key.startsWith(`${block}:`))
    .flatMap(([, elements]) => Object.values(elements))
    .flatMap((element) => ChosenMany.safeParse(element).data?.selected_options ?? [])
    .map(({ value }) => value)

/** A message that has replies names itself as its thread: an answer to it belongs in the channel, where whoever pressed is looking. */
export const threadOf = ({
  message_ts,
  thread_ts,
}: {
  readonly message_ts?: string | undefined
  readonly thread_ts?: string | undefined
}): string | undefined => (thread_ts === message_ts ? undefined : thread_ts)
