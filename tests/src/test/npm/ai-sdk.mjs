// Vercel's AI SDK with its DeepSeek and its OpenAI-compatible provider against Millrace: prints what it saw.
import { generateText, streamText } from 'ai'
import { createDeepSeek } from '@ai-sdk/deepseek'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'

const [baseURL, apiKey, model] = process.argv.slice(2)
const providers = {
  deepseek: createDeepSeek({ baseURL, apiKey }),
  compatible: createOpenAICompatible({ name: 'millrace', baseURL, apiKey, includeUsage: true }),
}
const seen = {}
for (const [name, provider] of Object.entries(providers)) {
  const question = { model: provider(model), prompt: 'Tell me a story.', temperature: 0, maxOutputTokens: 24, maxRetries: 0 }
  const whole = await generateText(question)
  const stream = streamText(question)
  let streamed = ''
  for await (const piece of stream.textStream) streamed += piece
  const refused = await generateText({ ...question, model: provider('no-such-model') }).then(() => null, e => e.statusCode)
  seen[name] = {
    whole: whole.text, streamed, finish: await stream.finishReason, outputTokens: (await stream.usage).outputTokens, refused,
  }
}
console.log(JSON.stringify(seen))
