import type { Fields } from '#sandbox/cluster/objects.ts'

/** What is asked in AWS's query protocol: a form that names its action. */
export function readForm(text: string): { readonly operation: string; readonly request: Fields } {
  const {
    Action: operation = '',
    Version: _,
    ...request
  } = Object.fromEntries(new URLSearchParams(text))
  return { operation, request }
}

/** An answer in that protocol, or a refusal of it. */
export function asXml(operation: string, status: number, answer: Fields): string {
  if (status !== 200) {
    const { __type: code, message } = answer
    return `<ErrorResponse><Error><Type>Sender</Type>${element('Code', code)}${element('Message', message)}</Error></ErrorResponse>`
  }
  const result = element(`${operation}Result`, answer)
  return `<${operation}Response>${result}<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></${operation}Response>`
}

function element(name: string, value: unknown): string {
  if (value === undefined) return ''
  return `<${name}>${inner(value)}</${name}>`
}

function inner(value: unknown): string {
  if (Array.isArray(value)) return value.map((one) => element('member', one)).join('')
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([key, one]) => element(key, one))
      .join('')
  return String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
