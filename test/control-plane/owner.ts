import { hostname } from 'node:os'

export const hostLabel = 'countermand.dev/test-host'
export const processLabel = 'countermand.dev/test-process'

/** Says of an object in a shared cluster who is using it: it is left over as soon as that process is gone. */
export const ownerLabels = () => ({
  [hostLabel]: thisHost(),
  [processLabel]: String(process.pid),
})

/** As a label's value may be. */
export const thisHost = (): string =>
  hostname()
    .replaceAll(/[^A-Za-z0-9.-]/g, '-')
    .slice(0, 63)
    .replaceAll(/^[.-]+|[.-]+$/g, '')
