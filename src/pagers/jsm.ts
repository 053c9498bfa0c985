import type { Finding } from '#ports/finding.ts'
import type { Page, Pager } from '#ports/pager.ts'
import { cut, examined, type Reached, sent } from './send.ts'

export interface JsmOptions extends Reached {
  readonly name: string
  /** `https://api.atlassian.com`. */
  readonly url: string
  /** Of an API integration of a team: it may make alerts of that team, and nothing else. */
  readonly apiKey: string
}

const alerts = '/jsm/ops/integration/v2/alerts'

/** Calls through the integration events of Jira Service Management, which took over from Opsgenie: `alias` makes a repeated alert count as the open one. */
export function jsm(options: JsmOptions): Pager {
  const { name } = options
  const headers = { authorization: `GenieKey ${options.apiKey}` }
  const at = (path: string) => new URL(`${alerts}${path}`, options.url)
  const about = (key: string, action: 'acknowledge' | 'close') =>
    at(`/${encodeURIComponent(key)}/${action}?identifierType=alias`)
  const said = { source: 'Countermand', user: 'Countermand' }
  return {
    name,
    call: (page, signal) => sent(at(''), { headers, json: alertOf(page) }, options, signal),
    acknowledge: (key, signal) =>
      sent(about(key, 'acknowledge'), { headers, json: said }, options, signal),
    resolve: (key, signal) => sent(about(key, 'close'), { headers, json: said }, options, signal),
    // An alert without a message is none, and is refused as such.
    examine: (signal) =>
      examined(name, at(''), { headers }, options, signal, (status) => findingOf(name, status)),
  }
}

/** Lengths as Atlassian's documentation limits them. */
const alertOf = ({ key, service, summary, details, links, severity }: Page) => ({
  message: cut(summary, 130),
  alias: key,
  description: cut(
    [summary, ...links.map(({ title, url }) => `${title}: ${url}`)].join('\n'),
    15_000,
  ),
  entity: service,
  source: 'Countermand',
  tags: ['countermand', 'P0', severity],
  details,
  priority: 'P1',
})

function findingOf(name: string, status: number): Finding {
  if (status === 401 || status === 403)
    return {
      result: 'wrong',
      text: `${name} answers, and does not take the key`,
      remedy: 'copy the API key of the integration again, and see that the integration is on',
    }
  return status === 400 || status === 422
    ? { result: 'fine', text: `${name} answers and knows the key` }
    : {
        result: 'wrong',
        text: `${name} answered ${status} where it should refuse an empty alert`,
        remedy: 'see that nothing between this machine and Atlassian answers in its place',
      }
}
