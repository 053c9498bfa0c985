import { setTimeout as sleep } from 'node:timers/promises'
import type { Ack } from '#sandbox/slack/delivery.ts'
import type { Posted } from '#sandbox/slack/model.ts'
import type { Crew } from './crew.ts'
import { keyOf } from '../support/history-checker/collect.ts'
import { personId } from './organisation.ts'

/** Where something stands that can be pressed. */
type Where = (label: string) => Posted | undefined
/** Waits for what is found in the end. */
export type Until = <Found>(
  what: string,
  look: () => Promise<Found | undefined | false> | Found | undefined | false,
  withinMs?: number,
) => Promise<Found>

/** How often somebody presses again what was told to have failed: what hangs on seconds fails more often on a busy machine. */
export const mostTries = 8

/** Whoever is told that nothing was done does it again. */
export const isUndone = (said: string | undefined): boolean =>
  /^(Not recorded|I cannot see|Something this needs|This changed after)/.test(said ?? '')

/** What people see and press in Slack because of one service. */
export function handsOf(crew: Crew, name: string, until: Until) {
  const { slack } = crew
  const { now } = crew.witness
  const user = personId(name)
  const named = new RegExp(`\\b${name}\\b`)
  const room = () => slack.channels().find((one) => one.name.startsWith(`inc-${name}-`))
  const wordsOf = ({ message }: Posted): string => slack.words(message)
  /** Pinned in the room. */
  const onCard: Where = (label) => {
    const found = room()
    return (
      found &&
      slack
        .messages(found.id)
        .findLast((one) => found.pins.includes(one.message.ts) && wordsOf(one).includes(label))
    )
  }
  /** Under what `/assess` came to, where it was typed. */
  const onAssessment: Where = (label) =>
    slack
      .messages('C0SHOP')
      .map((one) => ({ one, words: wordsOf(one) }))
      .findLast(({ words }) => named.test(words) && words.includes(label))?.one
  /** Of a canary, where it was asked for. */
  const onCanary: Where = (label) => {
    const { channel, ts } = canaryCard() ?? {}
    return slack
      .messages('C0SHOP')
      .find(
        (one) => one.channel === channel && one.message.ts === ts && wordsOf(one).includes(label),
      )
  }
  const canaryCard = () => {
    const card = slack
      .messages('C0SHOP')
      .find(({ message }) => keyOf(message.metadata)?.startsWith(`card:pr-${name}-`))
    return card && { channel: card.channel, ts: card.message.ts }
  }
  const said = (by = user) =>
    slack
      .ephemerals(by)
      .filter(({ message }) => message.user !== 'USLACKBOT')
      .map(({ message }) => slack.words(message))
  const answers = (by = user) => said(by).length

  /** Until Slack says that it arrived. */
  async function persist(act: () => Promise<Ack | { readonly kind: 'confirming' } | undefined>) {
    for (let tries = 1; ; tries += 1) {
      const ack = await crew.through(act)
      if (ack?.kind === 'acknowledged') return
      if (tries === 10) throw new Error(`Slack could not hand it over: ${JSON.stringify(ack)}`)
      await sleep(200)
    }
  }
  async function presses(label: string, where: Where, by: string = user): Promise<void> {
    for (let tries = 1; tries <= mostTries; tries += 1) {
      // Done after all, and said so, the button may be gone by the time it is looked for again.
      const isHeard = () => tries > 1 && !isUndone(said(by).at(-1)) && ('heard' as const)
      const card = await until(`[${label}]`, () => where(`[${label}]`) ?? isHeard())
      if (card === 'heard') return
      const before = answers(by)
      await persist(() => slack.as(by).click(card, label, { confirm: true }))
      await until('an answer', () => answers(by) > before || slack.modal(by) !== undefined)
      if (!isUndone(said(by).at(-1))) return
    }
  }
  /** Presses what opens a form, again when it does not open, and fills it in. */
  async function fills(
    label: string,
    where: Where,
    entered: Readonly<Record<string, string>>,
    by: string = user,
  ) {
    for (let tries = 1; ; tries += 1) {
      // Pressed twice, another button may have opened its form only now.
      const other = slack.modal(by)?.id
      await presses(label, where, by)
      const end = now() + 8_000
      const opened = () => {
        const view = slack.modal(by)
        return view?.id === other ? undefined : view
      }
      while (opened() === undefined && now() < end) await sleep(20)
      const view = opened()
      if (!view) {
        if (tries === mostTries)
          throw new Error(`no form came of [${label}], but ${said(by).at(-1)}`)
        continue
      }
      const before = answers(by)
      const sent = await crew.through(() => slack.as(by).submit(view, entered))
      if (sent.kind === 'acknowledged') {
        await until('an answer', () => answers(by) > before)
        if (!isUndone(said(by).at(-1))) return
      }
      if (tries === mostTries) throw new Error(`the form was not taken: ${said(by).at(-1)}`)
    }
  }

  return { room, onCard, onAssessment, onCanary, said, answers, persist, presses, fills }
}
