import type { SandboxWorld } from '#sandbox/world.ts'
import type { Posted } from '#sandbox/slack/model.ts'

/** What happened, act by act: who did what, what was said to whom, what the cluster was told, and how the card ended up. */
export function createScreenplay({ slack, cluster, flags }: SandboxWorld) {
  const lines: string[] = []
  const told = new Map<string, string>()
  let lastCard = ''
  // What the world was set up with is no part of the play.
  let switchesSeen = 0
  let writesSeen = cluster.requests.filter(isWrite).length

  function closes(): void {
    for (const room of slack.channels()) {
      const name = room.isIm ? '(direct)' : `#${steady(room.name)}`
      for (const posted of slack.messages(room.id)) {
        if (isReply(posted)) continue
        if (room.pins.includes(posted.message.ts)) card(posted)
        else tell(name, posted)
        for (const reply of inOrder(
          slack
            .replies(room.id, posted.message.ts)
            .filter(({ message }) => message.ts !== posted.message.ts),
        ))
          tell('thread', reply)
      }
    }
    for (const user of [
      'oncall',
      'lead',
      'lead-two',
      'manager',
      'vp',
      'ceo',
      'outsider',
      'guest',
      'partner',
    ])
      for (const posted of slack.ephemerals(user)) tell(`only @${user} sees`, posted)
    const writes = cluster.requests.filter(isWrite)
    const said = writes
      .slice(writesSeen)
      .map(({ method, path, status }) =>
        method === 'DELETE'
          ? `    cluster: DELETE ${steady(path)}`
          : `    cluster: ${method} ${path} → ${status}`,
      )
    // Whether pods of a Deployment are left to delete is chance; a StatefulSet's have names of their own.
    const told = said.filter((line) => !line.includes('#####'))
    lines.push(
      ...told.filter((line) => !isFreeze(line)),
      // Beside the rollback, too.
      ...told.filter(isFreeze),
    )
    writesSeen = writes.length
    const switched = flags?.seen.filter(({ method }) => method !== 'GET') ?? []
    lines.push(
      ...switched.slice(switchesSeen).map(({ method, url }) => `    flags: ${method} ${url}`),
    )
    switchesSeen = switched.length
  }

  function tell(where: string, posted: Posted): void {
    const key = `${posted.channel}/${posted.message.ts}/${posted.visibleTo ?? ''}`
    const words = steady(slack.words(posted.message))
    const before = told.get(key)
    if (before === words) return
    told.set(key, words)
    if (before === undefined) lines.push(`    ${where}: ${indented(words)}`)
    else lines.push('    changed:', ...changes(before, words))
  }

  function card(posted: Posted): void {
    const words = steady(slack.words(posted.message))
    if (words === lastCard) return
    lastCard = words
    lines.push(`    card: ${indented(words)}`)
  }

  return {
    opens(title: string, at: Date): void {
      lines.push(`${lines.length === 0 ? '' : '\n'}${at.toISOString().slice(11, 19)}  ${title}`)
    },
    aside: (words: string): void => void lines.push(`          ${steady(words)}`),
    closes,
    text: (): string => `${lines.join('\n')}\n`,
  }
}

/** The lines of an edited message that are gone, and those that are new. */
function changes(before: string, after: string): readonly string[] {
  const [old, fresh] = [before.split('\n'), after.split('\n')]
  return [
    ...old.filter((line) => !fresh.includes(line)).map((line) => `      - ${line.trim()}`),
    ...fresh.filter((line) => !old.includes(line)).map((line) => `      + ${line.trim()}`),
  ]
}

const isFreeze = (line: string): boolean =>
  line.includes('configmaps/countermand-freeze') || line.includes('/podtemplates')
const isReply = ({ message }: Posted): boolean =>
  message.thread_ts !== undefined && message.thread_ts !== message.ts

type Request = SandboxWorld['cluster']['requests'][number]
const isWrite = ({ method, path, query }: Request): boolean =>
  method !== 'GET' && !query.includes('dryRun') && !path.includes('selfsubjectaccessreviews')

/** Measurements and reports run beside the rollback: in which order they are told is chance, so they come last and sorted. */
const beside =
  /evidence captured|impact measured|\bfrozen\b|\bopen again\b|\brefused? (?:from here|no longer|the held)|\btold the\b|\bsent\b/
function inOrder(posted: readonly Posted[]): readonly Posted[] {
  const [said, late] = [
    posted.filter(({ message }) => !beside.test(message.text) && !isBare(message)),
    posted.filter(({ message }) => beside.test(message.text)),
  ]
  return [...said, ...late.toSorted((a, b) => (a.message.text < b.message.text ? -1 : 1))]
}

/** Files that nothing is said about. */
const isBare = ({ files, text }: Posted['message']): boolean => files !== undefined && text === ''

/** Without what differs from run to run: ids, digests of plans, durations of requests, names of pods. */
const steady = (words: string): string =>
  words
    .replace(/inc-([a-z-]+)-[a-z0-9]{6}\b/g, 'inc-$1')
    // Whether the channel is there before the answer is chance.
    .replace(/#\u2060?(inc-[\w-]+)(?: \(being opened\))?/g, '#$1')
    .replace(/(\n *\(file: .*\))+/g, '')
    .replace(/\(file: .*\)/g, '(files)')
    // The alert goes out at once; whether the figures are there by then is chance. The card is drawn again when they are.
    .replace(/^( *Impact:) .*$/m, '$1 …')
    // Nor whether they have raised the severity by then.
    .replace(/^( *Incident alert: .*\n *)(?:critical|high)(?=: )/m, '$1critical or high')
    .replace(/rb_[a-z2-9]{20}/g, 'rb_####')
    .replace(/countermand-hold-[0-9a-f]{16}/g, 'countermand-hold-####')
    // Shown a moment later it would be the other one: somebody is told of an approval that became void.
    .replace(/(was approved), but the approval no longer holds/, '$1 by @oncall and is under way')
    .replace(/evidence captured: \d+ files?/, 'evidence captured: # files')
    // Which of the reasons is seen first is chance.
    .replace(
      /^(?:\d of another version left|[\w-]+-\d: ImagePullBackOff .*)$/gm,
      '(why nothing moves)',
    )
    .replace(/plan [0-9a-f]{4}·[0-9a-f]{2}/g, 'plan ####·##')
    // Where the world of this play is kept, and how much it holds.
    .replaceAll(/\/\S*\/countermand-\w{6}\//g, '/')
    .replace(/is of [\d.]+ MB at most/, 'is of # MB at most')
    .replace(/in \d+ ms/g, 'in # ms')
    .replace(/([a-z]+-[a-z0-9]{8,10})-[a-z0-9]{5}\b/g, '$1-#####')

const indented = (text: string): string => text.replaceAll('\n', '\n        ')
