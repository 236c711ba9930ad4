// How many blocks can be written: the drive's figures sorted out. Recorded drives tell 0, FFFD0000h, 178 % of the disc, or one block less.
import type { DiscFacts } from './facts.ts'

/**
 * The smaller plausible one of READ CAPACITY and the current format size, in whole packets.
 * @returns undefined when no figure is plausible.
 */
export function plausibleBlocks(
  facts: DiscFacts,
  packetBlocks: number,
  maxBlocks: number,
): number | undefined {
  const told = [
    facts.capacityBlocks,
    facts.formatted?.type === 'formatted' ? facts.formatted.blocks : undefined,
  ]
  const plausible = told.filter((n): n is number => n !== undefined && n >= packetBlocks && n <= maxBlocks)
  if (plausible.length === 0) return undefined
  return wholePackets(Math.min(...plausible), packetBlocks)
}

/** Rounded down: the last, partial packet could not be written as a whole. */
export const wholePackets = (blocks: number, packetBlocks: number): number => blocks - (blocks % packetBlocks)
