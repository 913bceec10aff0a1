// Vercel's AI SDK with its DeepSeek and its OpenAI-compatible provider against Millrace: prints what it saw.
import { generateText, streamText, APICallError } from 'ai'
import { createDeepSeek } from '@ai-sdk/deepseek'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'

const [baseURL, apiKey, model] = process.argv.slice(2)
const providers = {
  deepseek: settings => createDeepSeek({ baseURL, apiKey, ...settings }),
  compatible: settings => createOpenAICompatible({ name: 'millrace', baseURL, apiKey, includeUsage: true, ...settings }),
}
const seen = {}
for (const [name, provider] of Object.entries(providers)) {
  const question = { model: provider()(model), prompt: 'Tell me a story.', temperature: 0, maxOutputTokens: 24, maxRetries: 0 }
  const whole = await generateText(question)
  const stream = streamText(question)
  let streamed = ''
  for await (const piece of stream.textStream) streamed += piece
  const middle = Math.floor(whole.text.length / 2)
  const stop = whole.text.slice(middle, middle + 2)
  const stopped = await generateText({ ...question, stopSequences: [stop] })
  const error = async more => await generateText({ ...question, ...more })
    .then(() => null, e => ({ typed: APICallError.isInstance(e), status: e.statusCode, retryable: e.isRetryable }))
  seen[name] = {
    whole: whole.text, wholeTokens: whole.usage.outputTokens,
    streamed, finish: await stream.finishReason, streamedTokens: (await stream.usage).outputTokens,
    beforeStop: whole.text.slice(0, whole.text.indexOf(stop)), stopped: stopped.text, stoppedFinish: stopped.finishReason,
    badKey: await error({ model: provider({ apiKey: 'mr-wrong' })(model) }),
    unknownModel: await error({ model: provider()('no-such-model') }),
    badValue: await error({ temperature: 9 }),
  }
}
console.log(JSON.stringify(seen))
