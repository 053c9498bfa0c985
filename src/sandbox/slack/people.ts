import type { ChannelSeed, UserGroupSeed, UserSeed } from './model.ts'

/** The people of the example shop, one for each part somebody can play. */
export const exampleUsers = [
  {
    id: 'U0ONCALL01',
    name: 'oncall',
    realName: 'Noor Haddad',
    title: 'On-call engineer',
    email: 'noor@shop.example',
    role: 'onCall',
  },
  {
    id: 'U0LEAD0001',
    name: 'lead',
    realName: 'Lena Fischer',
    title: 'Team lead, Payments',
    email: 'lena@shop.example',
    role: 'teamLead',
  },
  {
    id: 'U0MANAGER1',
    name: 'manager',
    realName: 'Tomasz Nowak',
    title: 'Engineering manager',
    email: 'tomasz@shop.example',
    role: 'manager',
  },
  {
    id: 'U0VPENG001',
    name: 'vp',
    realName: 'Ifeoma Obi',
    title: 'VP engineering',
    email: 'ifeoma@shop.example',
    role: 'vp',
  },
  {
    id: 'U0CEO00001',
    name: 'ceo',
    realName: 'Karin Lindqvist',
    title: 'CEO',
    email: 'karin@shop.example',
    role: 'ceo',
  },
  {
    id: 'U0OUTSIDE1',
    name: 'outsider',
    realName: 'Pablo Reyes',
    title: 'Marketing',
    email: 'pablo@shop.example',
    role: 'outsider',
  },
  {
    id: 'U0GUEST001',
    name: 'guest',
    realName: 'Mei Tanaka',
    title: 'Contractor (guest)',
    email: 'mei@agency.example',
    role: 'guest',
    guest: true,
  },
  {
    id: 'U0EXTERN01',
    name: 'partner',
    realName: 'Ola Berg',
    title: 'Partner (Slack Connect)',
    email: 'ola@partner.example',
    role: 'external',
    externalTeam: 'T0PARTNER1',
  },
  {
    id: 'U0LEAD0002',
    name: 'lead-two',
    realName: 'Lena Fischer (second account)',
    title: 'Team lead, Payments',
    email: 'lena+second@shop.example',
    role: 'teamLeadAgain',
  },
] as const satisfies readonly UserSeed[]

export const exampleUserGroups = [
  {
    id: 'S0CHECKOUT',
    handle: 'checkout-oncall',
    name: 'Checkout on call',
    members: ['U0ONCALL01'],
  },
  { id: 'S0LEADS001', handle: 'payments-leads', name: 'Payments leads', members: ['U0LEAD0001'] },
] as const satisfies readonly UserGroupSeed[]

const everybody = exampleUsers.map(({ id }) => id)
export const exampleChannels = [
  { id: 'C0GENERAL1', name: 'general', topic: 'Everything and everybody', members: everybody },
  {
    id: 'C0INCIDENT',
    name: 'incidents',
    topic: 'What is broken and who is on it',
    members: everybody,
  },
  {
    id: 'C0CHECKOUT',
    name: 'checkout',
    topic: 'The checkout service · runbook and dashboards in the bookmarks',
    members: everybody,
  },
  { id: 'C0PAYMENTS', name: 'payments', topic: 'The payments service', members: everybody },
  {
    id: 'C0PRIVATE1',
    name: 'leads-only',
    private: true,
    bot: false,
    members: ['U0LEAD0001', 'U0MANAGER1', 'U0VPENG001'],
  },
] as const satisfies readonly ChannelSeed[]
