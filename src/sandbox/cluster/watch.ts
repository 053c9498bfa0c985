import type { ServerResponse } from 'node:http'
import { type ApiError, badVersion, statusOf, tooOld } from './api-error.ts'
import { wanted } from './list.ts'
import type { KubeObject } from './objects.ts'
import { apiVersionOf } from './resources.ts'
import { isTrue, type Route } from './route.ts'
import type { Change, Store } from './store.ts'

/** How often a watch that allows them gets a bookmark; the real server's is about a minute. */
const bookmarkEveryMs = 10_000

/** Streams changes as JSON lines until its timeout, the client or the server ends it. */
export function watchObjects(
  store: Store,
  route: Route,
  query: URLSearchParams,
  response: ServerResponse,
): void {
  const isWanted = wanted(query)
  const from = query.get('resourceVersion') ?? ''
  if (!/^\d*$/.test(from)) throw badVersion(from)
  response.writeHead(200, { 'content-type': 'application/json' })
  response.flushHeaders()
  const send = (type: string, object: unknown) =>
    void response.write(`${JSON.stringify({ type, object })}\n`)
  const isHere = ({ kind, metadata }: KubeObject) =>
    kind === route.resource.kind &&
    (route.namespace === '' || metadata.namespace === route.namespace) &&
    (route.name === '' || metadata.name === route.name)
  const tell = (change: Change): void => {
    if (!isHere(change.object)) return
    const was = change.before !== undefined && isWanted(change.before)
    const is = change.type !== 'DELETED' && isWanted(change.object)
    if (was && is) send('MODIFIED', change.object)
    else if (is) send('ADDED', change.object)
    else if (was) send('DELETED', change.object)
  }
  if (from === '' || from === '0') {
    for (const object of store.list(route.resource.kind))
      if (isHere(object) && isWanted(object)) send('ADDED', object)
  } else {
    const missed = store.since(Number(from))
    if (missed === undefined) return refuse(response, tooOld(Number(from), store.oldest))
    for (const change of missed) tell(change)
  }
  const unsubscribe = store.onChange(tell)
  const bookmarks = isTrue(query.get('allowWatchBookmarks'))
    ? setInterval(() => bookmark(), bookmarkEveryMs)
    : undefined
  const bookmark = () =>
    send('BOOKMARK', {
      kind: route.resource.kind,
      apiVersion: apiVersionOf(route.resource),
      metadata: { resourceVersion: String(store.version), creationTimestamp: null },
    })
  const end = setTimeout(
    () => {
      if (bookmarks) bookmark()
      response.end()
    },
    (Number(query.get('timeoutSeconds')) || 1_800) * 1_000,
  )
  response.on('close', () => {
    unsubscribe()
    clearInterval(bookmarks)
    clearTimeout(end)
  })
}

/** As the watch cache says it: the answer is 200, the refusal its only event. */
function refuse(response: ServerResponse, error: ApiError): void {
  response.end(`${JSON.stringify({ type: 'ERROR', object: statusOf(error) })}\n`)
}
