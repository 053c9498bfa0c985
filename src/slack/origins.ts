/** Where an address for answers may lead: Slack's own hosts; where the API is elsewhere, its host too. */
export function responseOrigins(apiUrl: string | undefined): readonly string[] {
  const hooks = ['https://hooks.slack.com', 'https://hooks.slack-gov.com']
  if (apiUrl === undefined) return hooks
  const { protocol, hostname, port, origin } = new URL(apiUrl)
  // Loopback has several names.
  return loopback.includes(hostname)
    ? loopback.map((name) => `${protocol}//${name}:${port}`)
    : [...hooks, origin]
}

/** Is it Slack's own, or the API's that is configured instead? */
export function isSlacks(address: string, apiUrl: string | undefined): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, hostname, port, origin } = new URL(address)
  if (responseOrigins(apiUrl).includes(origin)) return true
  return protocol === 'https:' && port === '' && /(^|\.)slack(-gov)?\.com$/.test(hostname)
}

const loopback = ['localhost', '127.0.0.1', '[::1]']
