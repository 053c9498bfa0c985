export interface Service {
  readonly name: string
  readonly namespace: string
}

/** They take turns: nobody may ask for more than so much within a minute. */
export const onCall = ['U0ONCALL1', 'U0ONCALL2', 'U0ONCALL3'].map((id, index) => ({
  id,
  name: `on-call-${index + 1}`,
  realName: `On Call ${index + 1}`,
  email: `on-call-${index + 1}@shop.example`,
}))
export const onCallIds = onCall.map(({ id }) => id)
export const channelOf = (service: string): string =>
  `C0${service.toUpperCase().replaceAll('-', '0')}`

/** Services of one team, each in a namespace of its own on one cluster. */
export const configOf = (
  kubeconfigPath: string,
  services: readonly Service[],
  isFreezing: boolean,
): string => `
organisation: Bench
timezone: UTC
slack: { incidentChannels: service }
roles:
  on-call-engineer: { members: [${onCallIds.join(', ')}] }
  team-lead: { members: [U0LEAD001] }
  engineering-manager: { members: [U0MGR0001] }
  vp-engineering: { members: [U0VP00001] }
  executives: { members: [U0CEO0001] }
clusters:
  prod: { kubeconfig: ${JSON.stringify(kubeconfigPath)}, freeze: ${isFreezing} }
services:
${services
  .map(
    ({ name, namespace }) => `  ${name}:
    owner: Team
    channel: "#${name}"
    targets: [{ kubernetes: { cluster: prod, namespace: ${namespace}, deployment: web } }]`,
  )
  .join('\n')}
`
