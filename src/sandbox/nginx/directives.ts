/** One directive of a configuration of nginx, with the lines on which it begins and its block ends. */
export interface Directive {
  readonly words: readonly string[]
  readonly line: number
  readonly end?: number
  readonly block?: readonly Directive[]
}

/** Words, quotes, comments, blocks; else what nginx says of the line on which it gives up. */
export function readDirectives(
  text: string,
): readonly Directive[] | { readonly problem: string; readonly line: number } {
  const open: { words: string[]; line: number; block: Directive[] }[] = []
  let into: Directive[] = []
  const whole = into
  let words: string[] = []
  let line = 1
  for (const [token] of text.matchAll(/\n|[^\S\n]+|#[^\n]*|"[^"]*"|[{};]|[^\s{};#"]+/g)) {
    if (token === '\n') line += 1
    else if (token === ';') {
      if (words.length === 0) return { problem: 'unexpected ";"', line }
      into.push({ words, line })
      words = []
    } else if (token === '{') {
      if (words.length === 0) return { problem: 'unexpected "{"', line }
      const block: Directive[] = []
      open.push({ words, line, block: into })
      into = block
      words = []
    } else if (token === '}') {
      const around = open.pop()
      if (!around || words.length > 0) return { problem: 'unexpected "}"', line }
      around.block.push({ words: around.words, line: around.line, end: line, block: into })
      into = around.block
    } else if (token.trim() !== '' && !token.startsWith('#')) {
      words.push(token.replace(/^"([^"]*)"$/, '$1'))
      line += token.split('\n').length - 1
    }
  }
  if (words.length > 0) return { problem: 'unexpected end of file, expecting ";" or "}"', line }
  return open.length > 0 ? { problem: 'unexpected end of file, expecting "}"', line } : whole
}
