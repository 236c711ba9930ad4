// A server on a socket of its own, and clients for it; all is cleaned up after the test.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished } from 'vitest'
import type { Export } from '../../src/nbd/export.ts'
import { type NbdServer, serveNbd } from '../../src/nbd/server.ts'
import { MemoryExport, RawClient, socketDir } from './memory.ts'

const MiB = 1024 * 1024

export interface Served<Disc> {
  disc: Disc
  server: NbdServer
  /** A connection, before the handshake. */
  client(): RawClient
  /** What the server reported of its clients. */
  problems: string[]
}

export async function serve(): Promise<Served<MemoryExport>>
export async function serve<Disc extends Export>(disc: Disc): Promise<Served<Disc>>
export async function serve(disc: Export = new MemoryExport(64 * MiB)): Promise<Served<Export>> {
  const cleanups: (() => unknown)[] = []
  onTestFinished(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup()
  })
  const { dir, remove } = socketDir()
  cleanups.push(remove)
  const problems: string[] = []
  const path = `${dir}/nbd.sock`
  const server = await serveNbd({
    path,
    name: 'disc',
    export: disc,
    onProblem: (text) => problems.push(text),
  })
  cleanups.push(() => server.close())
  const client = () => {
    const raw = new RawClient(path)
    cleanups.push(() => raw.close())
    return raw
  }
  return { disc, server, client, problems }
}

/** Waits for something that happens on the other side of a socket. */
export async function eventually(what: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !what(); i++) await sleep(10)
  expect(what()).toBe(true)
}
