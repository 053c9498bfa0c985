import type { ControllerSource } from '../control-plane/built-from-module.ts'

const go = 'go1.26.10'

export const kustomizeController: ControllerSource = {
  title: 'the kustomize-controller of Flux',
  module: 'github.com/fluxcd/kustomize-controller',
  version: 'v1.9.5',
  sum: 'h1:/XY2zy3K7fntyppEXIHG7oRMzmfgIt50eJzUfaPX1Kc=',
  go,
  program: 'kustomize-controller',
  main: '.',
  beside: {
    module: 'github.com/fluxcd/kustomize-controller/api',
    sum: 'h1:Z4CA0cpC9rQmWiJWT9PCNO7+v3PVbAOK+5byHdbtFt8=',
    ofGoMod: 'h1:oRSEvNgNs07P6Tu3xtRigWxnxLkUCqatxbDv+gG3tLI=',
  },
  kinds: 'config/crd/bases',
}

/** The last one whose source the proxy has whole: since 3.3 it takes its engine from a folder that is not in what the proxy has. */
export const argoCd: ControllerSource = {
  title: 'Argo CD',
  module: 'github.com/argoproj/argo-cd/v3',
  version: 'v3.2.11',
  sum: 'h1:3hkR11XCp/nlyM2cWr3qeUSGuZgi3JkFdMpzgL5qOR8=',
  go,
  // One program, which is the server that ARGOCD_BINARY_NAME says.
  program: 'argocd',
  main: './cmd',
  kinds: 'manifests/crds',
}

/** The last one that is built with Helm itself: those after it take a fork of Helm, whose source the proxy does not have. */
export const helmController: ControllerSource = {
  title: 'the helm-controller of Flux',
  module: 'github.com/fluxcd/helm-controller',
  version: 'v1.4.0',
  sum: 'h1:rkm8rmB6Na7eNc4pJOnvtXEaJ19iKluRtayHKjBxcUM=',
  go,
  program: 'helm-controller',
  main: '.',
  beside: {
    module: 'github.com/fluxcd/helm-controller/api',
    sum: 'h1:SIU/H+pKdaxF+hT3+0ZreoCw7rfBW5wsS2HCNt0pThw=',
    ofGoMod: 'h1:qmt+v3nIjxjmToxW3Q7Tye5aCLt3oS1YLqAAMjV2MyY=',
  },
  kinds: 'config/crd/bases',
}
