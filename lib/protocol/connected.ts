import type { BrokerStatus } from './status.ts'

/** Whether a broker answers: everything but sending may work while it is blocked. */
export const isConnected = ({ status }: Pick<BrokerStatus, 'status'>): boolean =>
  status === 'up' || status === 'blocked'
