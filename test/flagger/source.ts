import type { ControllerSource } from '../control-plane/built-from-module.ts'

export const flagger: ControllerSource = {
  title: 'Flagger',
  module: 'github.com/fluxcd/flagger',
  version: 'v1.43.0',
  sum: 'h1:41XqjglD4oSOjheG0dyzRVHAhbHyJnuJpUi1y2etXik=',
  go: 'go1.26.10',
  program: 'flagger',
  kinds: 'artifacts/flagger/crd.yaml',
}
