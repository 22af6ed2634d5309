import type { ReactNode } from 'react';
import { Button as AriaButton, type ButtonProps as AriaProps, Tooltip, TooltipTrigger } from 'react-aria-components';
import { Icon, type IconName } from './Icon';

export interface ButtonProps extends Omit<AriaProps, 'children' | 'className' | 'style'> {
  children: ReactNode;
  icon?: IconName;
  tone?: 'primary' | 'good' | 'bad' | 'plain';
  /** Only the icon is shown; the words are its name. */
  iconOnly?: boolean;
  /** On its way: looks pressed at once. The command itself refuses to go twice. */
  pending?: boolean;
  pressed?: boolean;
  /** What the tooltip adds: a keyboard shortcut, or why the button is disabled. */
  hint?: string | null;
  testId?: string;
  className?: string;
}

/** A button; with a hint or without visible words also a tooltip. */
export function Button({
  children,
  icon,
  tone,
  iconOnly,
  pending,
  pressed,
  hint,
  testId,
  className,
  ...rest
}: ButtonProps) {
  const button = (
    <AriaButton
      {...rest}
      className={['button', tone, iconOnly && 'icon-only', className].filter(Boolean).join(' ')}
      data-pending={pending || undefined}
      aria-pressed={pressed}
      data-testid={testId}
    >
      {icon && <Icon name={icon} />}
      <span className={iconOnly ? 'unseen' : 'button-text'}>{children}</span>
    </AriaButton>
  );
  if (!hint && !iconOnly) return button;
  return (
    <TooltipTrigger delay={500}>
      {button}
      <Tooltip className="tooltip" offset={4}>
        {children}
        {hint && <kbd>{hint}</kbd>}
      </Tooltip>
    </TooltipTrigger>
  );
}
