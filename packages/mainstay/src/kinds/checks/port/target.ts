export interface PortTarget {
  port: number | string;
  protocol: 'tcp' | 'udp';
  address?: string | undefined;
  listening: boolean;
  service?: string | undefined;
  holder?: string | undefined;
}
