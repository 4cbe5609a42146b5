// Keeps Fastify from loading its schema compilers (Ajv and a hundred files beside it): no route of ours has a schema,
// because what comes in is read by hand and what goes out is written as text.
import type { FastifyServerOptions } from 'fastify';
import { CodedError } from '../base/errors.ts';

function refuse(): never {
  throw new CodedError('INTERNAL', 'a route has a schema, and nothing is there to compile it');
}

/** Compilers that refuse to compile. */
export const noSchemas: Required<Pick<FastifyServerOptions, 'schemaController'>> = {
  schemaController: { compilersFactory: { buildValidator: () => refuse, buildSerializer: () => refuse } },
};
