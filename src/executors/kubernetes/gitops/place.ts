/** Where Argo CD's own objects are. */
export interface ArgoCdPlace {
  /** By its name in the configuration. */
  readonly cluster: string
  readonly namespace: string
}

/** Its usual namespace (manifests/install.yaml), in the cluster that it deploys to. */
export const usualPlace = (cluster: string): ArgoCdPlace => ({ cluster, namespace: 'argocd' })
