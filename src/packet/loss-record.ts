// Losses in the journal: what no flush has reported yet, and which blocks before in the journal are not to be used any more. JSON.
import type { Loss } from './status.ts'

/** Blocks that were given up: what the journal has of them in records before the one with the number `before`. */
export interface GivenUp {
  lba: number
  blocks: number
  before: number
}

export interface LossRecord {
  /** Every loss that no flush has reported yet. */
  untold: readonly Loss[]
  /** What is given up with this record. */
  lost?: GivenUp
}

type Fields = Record<string, unknown>

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null

function lossOf(value: unknown): Loss[] {
  if (!isObject(value)) return []
  const { lba, blocks, at, why, kept } = value
  if (typeof lba !== 'number' || typeof blocks !== 'number' || typeof at !== 'number') return []
  return [{ lba, blocks, at, why: String(why), ...(typeof kept === 'string' ? { kept } : {}) }]
}

function givenUpOf(value: unknown): GivenUp | undefined {
  if (!isObject(value)) return undefined
  const { lba, blocks, before } = value
  const numbers = typeof lba === 'number' && typeof blocks === 'number' && typeof before === 'number'
  return numbers ? { lba, blocks, before } : undefined
}

/** Undefined for what is not such a record. */
export function lossRecordOf(value: unknown): LossRecord | undefined {
  if (!isObject(value) || !Array.isArray(value.untold)) return undefined
  const lost = givenUpOf(value.lost)
  return { untold: value.untold.flatMap(lossOf), ...(lost === undefined ? {} : { lost }) }
}
