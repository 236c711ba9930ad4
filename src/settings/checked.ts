// How a check of checks.ts becomes one of zod's.
import type { z } from 'zod'
import type { Complaint } from './checks.ts'

/** A zod check that reports complaints with their codes; parse.ts finds them in the issue's `params`. */
export const check =
  <T>(complaints: (value: T) => Complaint[]) =>
  (context: z.core.ParsePayload<T>): void => {
    for (const { code, params, at } of complaints(context.value))
      context.issues.push({
        code: 'custom',
        input: context.value,
        path: at === undefined ? [] : [at],
        message: code,
        params: { code, params },
        continue: true,
      })
  }
