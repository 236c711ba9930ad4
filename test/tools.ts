// What some tests need and not every machine has.
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import path from 'node:path'
import type { TestContext } from 'vitest'

const isThere = (tool: string): boolean =>
  tool.startsWith('/')
    ? existsSync(tool)
    : (process.env.PATH ?? '').split(':').some((dir) => {
        try {
          accessSync(path.join(dir, tool), constants.X_OK)
          return true
        } catch {
          return false
        }
      })

/** Skips the test for what nobody can install, and says why. */
export function skip(context: TestContext, why: string): never {
  console.log(`${context.task.name}: skipped, ${why}`)
  context.skip(why)
}

/**
 * Skips the test when a program, or a file given by its absolute path, is missing, and says which. Where CI is set,
 * whose machine is ours to set up, that is an error instead.
 */
export function needTools(context: TestContext, ...tools: string[]): void {
  const missing = tools.filter((tool) => !isThere(tool))
  if (missing.length > 0) lacks(context, `not installed: ${missing.join(', ')}`)
}

/**
 * Skips the test when the machine does not permit something, and says why: runs a program that does it or tries it. Containers take
 * capabilities from root, and a chroot has no mount point at /. Where CI is set, that is an error instead.
 */
export function needPermission(context: TestContext, program: string, ...argv: string[]): void {
  const { status, error, stderr } = spawnSync(program, argv, { encoding: 'utf8' })
  if (status !== 0)
    lacks(context, `not permitted: ${program} ${argv.join(' ')}: ${error?.message ?? stderr.trim()}`)
}

/** A machine of ours, where CI is set, lacks nothing. */
function lacks(context: TestContext, text: string): void {
  if (process.env.CI) throw new Error(text)
  skip(context, text)
}
