import { readFileSync } from 'node:fs'

/** A file without its comments. */
export const sourceOf = (file: string): string =>
  readFileSync(file, 'utf8')
    .replace(/\/\*[^]*?\*\//g, '')
    .replace(/(^|\s)(?:\/\/|--) .*$/gm, '$1')

/** Everything a file imports, also types and what is imported later. */
export const importsOf = (file: string): readonly string[] =>
  [...sourceOf(file).matchAll(/(?<![.\w'])(?:from|import)\s*\(?\s*'([^'\n]+)'/g)].map(
    ([, specifier = '']) => specifier,
  )

/** The statements of SQL in a file: template literals and strings that begin like one. */
export const sqlOf = (file: string): readonly string[] =>
  [...sourceOf(file).matchAll(/`(?:[^`\\]|\\.)*`|'(?:[^'\\\n]|\\.)*'/g)]
    .map(([text]) => text)
    .filter((text) =>
      /^.\s*(?:select|insert into|update|delete from|with \w+ as|create|drop|alter|grant|set|lock|truncate|listen|notify|begin)\s/i.test(
        text,
      ),
    )
