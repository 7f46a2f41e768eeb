import { smallCampaign } from './small.ts';

smallCampaign('log-lines');
