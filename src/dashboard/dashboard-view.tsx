/** The one React component tree: draws composed frames and turns key presses into commands. Starts no work. */
import { Box, Text, useInput } from 'ink';
import { useLayoutEffect, useSyncExternalStore, type ReactElement } from 'react';
import type { Block, ScreenSize } from './compose.js';
import type { DashboardController } from './controller.js';
import type { Line } from './styled-line.js';
import type { Theme } from './theme.js';

export interface DashboardViewProps {
  readonly controller: DashboardController;
  readonly theme: Theme;
  /** Called when the tree goes away for any reason, a fatal signal included. */
  readonly onGone: () => void;
}

export function DashboardView({ controller, theme, onGone }: DashboardViewProps): ReactElement {
  const frame = useSyncExternalStore(controller.subscribe, controller.frame);
  const size = controller.size();
  useLayoutEffect(() => onGone, [onGone]);
  useInput(controller.press);
  return (
    <Box flexDirection="column" width={size.columns} height={frameHeight(size)}>
      {frame.rows.map((blocks) => (
        <Box key={blocks[0]?.key} flexShrink={0} justifyContent="space-between">
          {blocks.map((block) => (
            <BlockView key={block.key} block={block} theme={theme} />
          ))}
        </Box>
      ))}
    </Box>
  );
}

function frameHeight({ rows }: ScreenSize): number {
  return Math.max(1, rows - 1);
}

function BlockView({ block, theme }: { readonly block: Block; readonly theme: Theme }): ReactElement {
  return (
    <Box flexDirection="column" width={block.width} flexShrink={0}>
      {block.lines.map((line, row) => (
        <LineView key={row} line={line} theme={theme} />
      ))}
    </Box>
  );
}

function LineView({ line, theme }: { readonly line: Line; readonly theme: Theme }): ReactElement {
  return (
    <Text wrap="truncate">
      {line.map(({ text, tone }, index) => (
        <Text key={index} {...theme[tone]}>
          {text}
        </Text>
      ))}
    </Text>
  );
}
