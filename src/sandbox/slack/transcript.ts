import { textOf } from './elements.ts'
import type { Change, Posted } from './model.ts'
import { wordsOf } from './words.ts'
import type { Workspace } from './workspace.ts'

/** Who did and said what, in order, without ids or times: what scenario tests compare. */
export function createTranscript(workspace: Workspace) {
  const lines: string[] = []
  const said = new Map<string, string>()
  const shown = new Map<string, string>()
  workspace.listen(hear)

  return {
    note: (line: string): void => {
      lines.push(line)
    },
    text: (): string => lines.join('\n'),
  }

  function hear(change: Change): void {
    if (change.kind === 'message') hearMessage(change.posted)
    if (change.kind === 'message_gone') {
      const key = `${change.channel}/${change.ts}`
      const before = said.get(key)
      if (before !== undefined)
        lines.push(`${place(change.channel)}  taken away: ${firstLine(before)}`)
    }
    if (change.kind === 'views') {
      const top = change.views.at(-1)
      const before = shown.get(change.user)
      const now = top ? `${top.id} ${top.hash}` : ''
      shown.set(change.user, now)
      if (top && now !== before)
        lines.push(
          `${workspace.bot.name} shows @${nameOf(change.user)} the view “${textOf(top.title)}”`,
        )
    }
  }

  function hearMessage({ channel, visibleTo, message }: Posted): void {
    if (workspace.people.get(message.user)?.bot !== true && message.user !== 'USLACKBOT') return
    const key = `${channel}/${message.ts}`
    const words = wordsOf(message, workspace)
    const before = said.get(key)
    if (before === words) return
    said.set(key, words)
    const who = message.user === 'USLACKBOT' ? 'Slackbot' : workspace.bot.name
    const only = visibleTo === undefined ? '' : ` → only @${nameOf(visibleTo)}`
    const where = message.thread_ts && message.thread_ts !== message.ts ? ' (thread)' : ''
    const edits = before === undefined ? '' : ' (edited)'
    lines.push(`${place(channel)}${where}  ${who}${only}${edits}: ${indented(words)}`)
  }

  function place(channel: string): string {
    const room = workspace.rooms.get(channel)
    return room?.isIm
      ? `@${room.name.split('-').map(nameOf).join(', @')}`
      : `#${room?.name ?? channel}`
  }
  function nameOf(user: string): string {
    return workspace.people.get(user)?.name ?? user
  }
}

const firstLine = (text: string): string => text.split('\n')[0] ?? ''
const indented = (text: string): string => text.replaceAll('\n', '\n    ')
