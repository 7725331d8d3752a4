import { describe, expect, it } from 'vitest';
import { CLIENT_ERROR_TEMPLATE, MEDIA, requestTemplates } from '../../../../infra/aws/edge-http/mapping.ts';
import { compileTemplate } from '../../../../infra/emulator/apigateway/mapping-template.ts';

const render = (source: string, body = '', context: object = {}) =>
  compileTemplate(source, 'Here')({ body, context: context as Record<string, unknown> });

describe('a mapping template', () => {
  it('makes a PutRecord of lines as they are, and of a reading on one line', () => {
    const templates = requestTemplates('s');
    const make = (type: string, body: string) =>
      JSON.parse(render(templates[type] ?? '', body, { authorizer: { site: 'plant-1' } }).text);
    const { Data, ...rest } = make(MEDIA.lines, '{"a":1}\n{"a":"ä"}\n');
    expect(Buffer.from(Data, 'base64').toString()).toBe('{"a":1}\n{"a":"ä"}\n');
    expect(rest).toEqual({ StreamName: 's', PartitionKey: 'plant-1' });
    const one = make(MEDIA.reading, '{\n  "a": 1\n}');
    expect(Buffer.from(one.Data, 'base64').toString()).toBe('{"a":1}');
  });

  it('tells a full stream from a record that is too large', () => {
    const answer = (type?: string) => render(CLIENT_ERROR_TEMPLATE, JSON.stringify({ __type: type }));
    expect(answer('com.amazonaws#ProvisionedThroughputExceededException')).toEqual({
      ...{ status: 429, text: '{"message":"The stream is full. Send it again later."}' },
    });
    expect(answer('ValidationException').status).toBe(413);
    const other = answer('AccessDeniedException');
    expect([other.status, JSON.parse(other.text)]).toEqual([503, { message: expect.any(String) }]);
    expect(render(CLIENT_ERROR_TEMPLATE, 'not JSON').status).toBe(503);
  });

  it('gives nothing for what is not there', () => {
    expect(render("[$context.authorizer.site|$input.path('$.a.b')|$input.json('$.c')]", '{"a":1}').text).toBe(
      '[||]',
    );
  });

  it.each([
    ["#foreach($i in $input.path('$'))$i#end", '#foreach'],
    ['$util.escapeJavaScript($input.body)', '$util.escapeJavaScript'],
    ["$input.params('x')", '$input.params'],
    ["$input.path('$[0]')", 'the JSONPath "$[0]"'],
    ['$input.body.length()', '.length'],
    ["#set($x = $input.path('$'))", '#set'],
    ['$stageVariables.a', '$stageVariables.a'],
    ['#macro(m)x#end', '#macro m'],
    ["#if($input.body == 'x')y#end", '#if'],
  ])('that uses what is not known here is refused by name: %s', (source, named) => {
    expect(() => compileTemplate(source, 'PostMethod, request template of x')).toThrow(
      `PostMethod, request template of x: ${named}`,
    );
  });
});
