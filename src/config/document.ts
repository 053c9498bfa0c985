import { isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml'

export type Path = readonly PropertyKey[]
export interface Problem {
  readonly line: number
  readonly text: string
}
/** A YAML file as plain data, and where in the file each part of it stands. */
export interface Document {
  /** Without what must not be there, so that this hides no other problem; `undefined` when the file cannot be read at all. */
  readonly data: unknown
  readonly problems: readonly Problem[]
  lineOf(path: Path): number
}

const longestFile = 1_000_000
/** Enough for anchors people write by hand; far too few for a file that unfolds without end. */
const mostAliases = 100
const dangerousKeys = ['__proto__', 'constructor', 'prototype']

/** Reads YAML 1.2; what cannot be read safely is a problem with its line, nothing is thrown. */
export function readDocument(text: string): Document {
  if (text.length > longestFile) return unreadable('The file is larger than 1 MB.')
  const lines = new LineCounter()
  const yaml = parseDocument(text, { lineCounter: lines, logLevel: 'error', uniqueKeys: true })
  const lineAt = (offset: number | undefined) => lines.linePos(offset ?? 0).line || 1
  const problems: Problem[] = yaml.errors.map((error) => ({
    line: lineAt(error.pos[0]),
    text: sentence(error.message),
  }))
  // After anything else that is wrong with the notation, what follows would be guessed.
  const isBroken = yaml.errors.some(({ code }) => !code.startsWith('DUPLICATE'))
  const refuse = (offset: number | undefined, text: string) =>
    problems.push({ line: lineAt(offset), text })

  visit(yaml, {
    Pair(_, { key }) {
      if (!isScalar(key) || !dangerousKeys.includes(String(key.value))) return undefined
      refuse(key.range?.[0], `The key ${String(key.value)} is not allowed anywhere.`)
      return visit.REMOVE
    },
    Node(_, node) {
      if ('tag' in node && node.tag !== undefined)
        refuse(node.range?.[0], `Tags such as ${node.tag} are not allowed: write the plain value.`)
    },
  })
  if (isBroken) return { data: undefined, problems, lineOf: () => 1 }

  const lineOf = (path: Path) => lineAt(offsetOf(yaml.contents, path))
  try {
    return { data: yaml.toJS({ maxAliasCount: mostAliases }) as unknown, problems, lineOf }
  } catch {
    // What was taken out may have held an anchor.
    if (problems.length > 0) return { data: undefined, problems, lineOf }
    return unreadable('The file repeats its anchors too often: write the values out.')
  }
}

const unreadable = (text: string): Document => ({
  data: undefined,
  problems: [{ line: 1, text }],
  lineOf: () => 1,
})

/** The key that leads to the part, or to the innermost part around it that exists. */
function offsetOf(root: unknown, path: Path): number | undefined {
  let node = root
  let offset: number | undefined
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
      if (!isPair(pair)) break
      if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(step)]
      if (isScalar(node) || isMap(node) || isSeq(node)) offset = node.range?.[0] ?? offset
    } else break
  }
  return offset
}

const sentence = (message: string) => {
  const first = message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? message
  return /[.!?]$/.test(first) ? first : `${first}.`
}
