const hidden = /[\p{Cf}\u034F\u115F\u1160\u3164\uFFA0]/gu
const controls = /\p{Cc}/gu

/**
 * Text of unknown origin, safe on one line of a Markdown file: no markup, no HTML, no link, and no formula when a table is
 * pasted into a spreadsheet (T073). Hidden characters are dropped, control characters become U+FFFD.
 */
export function inMarkdown(text: string): string {
  const flat = text
    .toWellFormed()
    .replace(/\s+/gu, ' ')
    .replace(controls, '\uFFFD')
    .replace(hidden, '')
    .trim()
  return defused(
    flat
      .replace(/[\\`*_{}[\]#|~!]/gu, (mark) => `\\${mark}`)
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replace(/:(?=\/\/)|\b(?:www\.|mailto:|javascript:|data:)/giu, unlinked),
  )
}

/** Spreadsheets read a cell that begins so as a formula. */
const defused = (text: string): string => (/^[=+\-@]/u.test(text) ? `'${text}` : text)

/** The dot or colon as an entity reads the same and links to nothing. */
const unlinked = (found: string): string =>
  found.replace(/[.:]$/u, (mark) => (mark === '.' ? '&#46;' : '&#58;'))
