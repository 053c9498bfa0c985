import type { ControllerSource } from '../control-plane/built-from-module.ts'

export const argoRollouts: ControllerSource = {
  title: 'Argo Rollouts',
  module: 'github.com/argoproj/argo-rollouts',
  version: 'v1.10.2',
  sum: 'h1:sEPWsY+HUvnXj3Vh0ejb+GDTceQ/palqhFo2FVQJMk0=',
  go: 'go1.26.10',
  program: 'rollouts-controller',
  kinds: 'manifests/crds',
}
