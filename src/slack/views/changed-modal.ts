import type { Checkboxes, KnownBlock, ModalView, MultiStaticSelect } from '@slack/types'
import type { Answer } from '#domain/communication/answer.ts'
import { clock, list } from '#domain/communication/words.ts'
import { mostTogether } from '#domain/rollback/together.ts'
import type { Instant } from '#domain/time.ts'
import { context, plain, section } from './blocks.ts'
import { fitModal } from './fit.ts'
import { callbacks, input, inputs, modal, mostOptions, textInput } from './inputs.ts'
import { mrkdwn } from './markup.ts'

export type Changed = Extract<Answer, { kind: 'changed_since' }>

interface Given {
  readonly since: Instant
  /** Undefined while it is being looked up. */
  readonly found: Changed | undefined
  readonly problem: string | undefined
  readonly reason: string | undefined
  readonly now: Instant
  readonly metadata: string
}

/** Slack lists so many boxes in one element. */
const mostBoxes = 10

/** What went out since a moment, ticked; what did not may be added, and is never ticked by itself. */
export function changedModal({ since, found, problem, reason, now, metadata }: Given): ModalView {
  const title = 'Roll back what changed'
  if (!found)
    return fitModal(
      modal(title, [section(mrkdwn`${problem ?? 'Looking at what runs …'}`)], { metadata }),
    )
  const { changed, unchanged, unseen } = found
  const blocks: KnownBlock[] = [
    context(
      changed.length === 0
        ? mrkdwn`Nothing that could be looked at went out since ${clock(since, now)}.`
        : mrkdwn`Went out since ${clock(since, now)}. They go back one after the other, at most ${mostTogether}, under one approval.`,
    ),
    ...boxes(changed, now),
  ]
  const others = unchanged.slice(0, mostOptions)
  return fitModal(
    modal(
      title,
      [
        ...blocks,
        ...(others.length > 0
          ? [
              input(inputs.others, also(others), {
                label: 'Not changed since',
                optional: true,
                hint: 'Leave it empty, unless you know better.',
              }),
            ]
          : []),
        ...(unseen.length > 0
          ? [section(mrkdwn`Could not be looked at: ${list(unseen.slice(0, 12))}.`)]
          : []),
        input(inputs.reason, textInput(inputs.reason, { most: 500, initial: reason }), {
          label: 'What do you see?',
          hint: 'In your own words. Everybody who decides reads it.',
        }),
      ],
      { submit: 'Propose', callback: callbacks.changed, metadata },
    ),
  )
}

function boxes(changed: Changed['changed'], now: Instant): readonly KnownBlock[] {
  const groups = Array.from({ length: Math.ceil(changed.length / mostBoxes) }, (_, at) =>
    changed.slice(at * mostBoxes, (at + 1) * mostBoxes),
  )
  return groups.slice(0, mostOptions / mostBoxes).map((group, at) => {
    const options = group.map(({ service, version, at: went }) => ({
      value: service,
      text: plain(service, 75),
      description: plain(`${version}, ${clock(went, now)}`, 75),
    }))
    const element: Checkboxes = {
      type: 'checkboxes',
      action_id: inputs.changed,
      options,
      initial_options: options,
    }
    const block = input(inputs.changed, element, {
      label: at === 0 ? 'Changed' : 'Changed, too',
      optional: true,
    })
    return { ...block, block_id: `${inputs.changed}:${at}` }
  })
}

const also = (services: Changed['unchanged']): MultiStaticSelect => ({
  type: 'multi_static_select',
  action_id: inputs.others,
  placeholder: plain('None', 150),
  options: services.map((service) => ({ value: service, text: plain(service, 75) })),
})
