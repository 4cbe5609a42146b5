// The fixtures that our own records cannot express: images, logging, subscriptions, input requests. They are added to
// the SDK's servers by the test server only.
import {
  type CallToolResult,
  CLIENT_CAPABILITIES_META_KEY,
  createRequestStateCodec,
  type GetPromptResult,
  inputRequired,
  MissingRequiredClientCapabilityError,
  ProtocolError,
  ProtocolErrorCode,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { conformanceSurface } from './surface.ts';

const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';
const silence = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQAAAAA=';
const states = createRequestStateCodec({ key: 'a key of the conformance fixtures, 32 bytes or more' });

type Respond = (context: ServerContext) => Promise<unknown> | unknown;
type StoredHandler = (request: unknown, context: unknown) => Promise<unknown>;

const text = (said: string): CallToolResult => ({ content: [{ type: 'text', text: said }] });
const ask = (message: string, field: string) =>
  inputRequired.elicit({
    message,
    requestedSchema: { type: 'object', properties: { [field]: { type: 'string' } }, required: [field] },
  });
const sample = (question: string, maxTokens: number) =>
  inputRequired.createMessage({
    messages: [{ role: 'user', content: { type: 'text', text: question } }],
    maxTokens,
  });

/** What the client gave for a key, where it has the form of an accepted form or any other answer. */
function given(context: ServerContext, key: string): Record<string, unknown> | undefined {
  const value = context.mcpReq.inputResponses?.[key] as Record<string, unknown> | undefined;
  if (value === undefined || typeof value !== 'object') return undefined;
  return 'action' in value ? (value['content'] as Record<string, unknown> | undefined) : value;
}

async function stateOf(context: ServerContext): Promise<unknown> {
  const state = context.mcpReq.requestState();
  if (typeof state !== 'string') return undefined;
  try {
    return await states.verify(state, context);
  } catch {
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'Invalid requestState');
  }
}

async function askName(context: ServerContext): Promise<unknown> {
  const name = given(context, 'user_name')?.['name'];
  if (typeof name === 'string') return text(`Hello, ${name}!`);
  return inputRequired({ inputRequests: { user_name: ask('What is your name?', 'name') } });
}

async function confirmWithState(context: ServerContext): Promise<unknown> {
  const state = await stateOf(context);
  if (state !== undefined && given(context, 'confirm') !== undefined) return text('state-ok');
  return inputRequired({
    inputRequests: { confirm: ask('Please confirm', 'ok') },
    requestState: await states.mint({ step: 1 }, context),
  });
}

async function askInRounds(context: ServerContext): Promise<unknown> {
  const state = (await stateOf(context)) as { round: number } | undefined;
  if (state?.round === 2 && given(context, 'step2') !== undefined) return text('All rounds are done.');
  const second = state?.round === 1 && given(context, 'step1') !== undefined;
  return inputRequired({
    inputRequests: second
      ? { step2: ask('Step 2: What is your favorite color?', 'color') }
      : { step1: ask('Step 1: What is your name?', 'name') },
    requestState: await states.mint({ round: second ? 2 : 1 }, context),
  });
}

async function askForAll(context: ServerContext): Promise<unknown> {
  const keys = ['user_name', 'greeting', 'client_roots'];
  if ((await stateOf(context)) !== undefined && keys.every((key) => given(context, key) !== undefined)) {
    return text('Everything was given.');
  }
  return inputRequired({
    inputRequests: {
      user_name: ask('What is your name?', 'name'),
      greeting: sample('Generate a greeting', 50),
      client_roots: inputRequired.listRoots(),
    },
    requestState: await states.mint({ step: 1 }, context),
  });
}

function askWhatClientCan({ mcpReq }: ServerContext): unknown {
  const envelope = (mcpReq.envelope ?? {}) as Record<string, Record<string, unknown>>;
  const declared = envelope[CLIENT_CAPABILITIES_META_KEY] ?? {};
  return inputRequired({
    inputRequests: {
      ...(declared['sampling'] !== undefined && { question: sample('What is the capital of France?', 100) }),
      ...(declared['elicitation'] !== undefined && { name: ask('What is your name?', 'name') }),
    },
    requestState: 'asked',
  });
}

async function logThrice({ mcpReq }: ServerContext): Promise<unknown> {
  for (const line of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
    await mcpReq.log('info', line);
  }
  return text('Logged.');
}

const tools: Readonly<Record<string, Respond>> = {
  test_image_content: () => ({ content: [{ type: 'image', data: pixel, mimeType: 'image/png' }] }),
  test_audio_content: () => ({ content: [{ type: 'audio', data: silence, mimeType: 'audio/wav' }] }),
  test_embedded_resource: () => ({
    content: [
      {
        type: 'resource',
        resource: {
          uri: 'test://embedded-resource',
          mimeType: 'text/plain',
          text: 'This is an embedded resource content.',
        },
      },
    ],
  }),
  test_multiple_content_types: () => ({
    content: [
      { type: 'text', text: 'Multiple content types test:' },
      { type: 'image', data: pixel, mimeType: 'image/png' },
      {
        type: 'resource',
        resource: {
          uri: 'test://mixed-content-resource',
          mimeType: 'application/json',
          text: '{"test":"data","value":123}',
        },
      },
    ],
  }),
  test_tool_with_logging: logThrice,
  test_logging_tool: logThrice,
  test_missing_capability: () => {
    throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { sampling: {} } });
  },
  test_streaming_elicitation: askName,
  test_input_required_result_elicitation: askName,
  test_input_required_result_sampling: (context) =>
    given(context, 'capital_question') === undefined
      ? inputRequired({ inputRequests: { capital_question: sample('What is the capital of France?', 100) } })
      : text('The capital is known.'),
  test_input_required_result_list_roots: (context) =>
    given(context, 'client_roots') === undefined
      ? inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } })
      : text(`Roots: ${JSON.stringify(given(context, 'client_roots'))}`),
  test_input_required_result_request_state: confirmWithState,
  test_input_required_result_tampered_state: confirmWithState,
  test_input_required_result_multi_round: askInRounds,
  test_input_required_result_multiple_inputs: askForAll,
  test_input_required_result_capabilities: askWhatClientCan,
};

const promptText = (said: string): GetPromptResult['messages'][number] => ({
  role: 'user',
  content: { type: 'text', text: said },
});

const prompts: Readonly<Record<string, (filled: Record<string, string>, context: ServerContext) => unknown>> =
  {
    test_prompt_with_embedded_resource: ({ resourceUri: uri = '' }) => ({
      messages: [
        {
          role: 'user',
          content: {
            type: 'resource',
            resource: { uri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' },
          },
        },
        promptText('Please process the embedded resource above.'),
      ],
    }),
    test_prompt_with_image: () => ({
      messages: [
        { role: 'user', content: { type: 'image', data: pixel, mimeType: 'image/png' } },
        promptText('Please analyze the image above.'),
      ],
    }),
    test_input_required_result_prompt: (_filled, context) =>
      given(context, 'user_context') === undefined
        ? inputRequired({
            inputRequests: { user_context: ask('What context should the prompt use?', 'context') },
          })
        : { messages: [promptText('Use the context.')] },
  };

/** Adds the fixtures to a server of the SDK; what they do not know goes on to the product's own code. */
export function addFixtures(server: Server): void {
  server.registerCapabilities({ logging: {}, resources: { subscribe: true } });
  const productOf = (method: string): StoredHandler =>
    (server as unknown as { _getRequestHandler(name: string): StoredHandler })._getRequestHandler(method);
  const [callProduct, getProduct, readProduct] = ['tools/call', 'prompts/get', 'resources/read'].map(
    productOf,
  );
  server.setRequestHandler('tools/list', () => ({
    tools: [...Object.keys(tools), ...conformanceSurface.tools.map(({ name }) => name)].map((name) => ({
      name,
      description: `Fixture ${name}.`,
      inputSchema: { type: 'object' as const },
    })),
  }));
  server.setRequestHandler('tools/call', async (request, context) => {
    const respond = tools[request.params.name];
    return (await (respond?.(context) ?? callProduct!(request, context))) as CallToolResult;
  });
  server.setRequestHandler('prompts/get', async (request, context) => {
    const respond = prompts[request.params.name];
    const filled = request.params.arguments ?? {};
    return (await (respond?.(filled, context) ?? getProduct!(request, context))) as GetPromptResult;
  });
  server.setRequestHandler('prompts/list', () => ({
    prompts: [...Object.keys(prompts), ...conformanceSurface.prompts.map(({ name }) => name)].map((name) => ({
      name,
      description: `Fixture ${name}.`,
    })),
  }));
  server.setRequestHandler('resources/read', async (request, context) => {
    const { uri } = request.params;
    if (uri === 'test://static-binary') return { contents: [{ uri, mimeType: 'image/png', blob: pixel }] };
    return (await readProduct!(request, context)) as { contents: [] };
  });
  server.setRequestHandler('resources/subscribe', () => ({}));
  server.setRequestHandler('resources/unsubscribe', () => ({}));
}
