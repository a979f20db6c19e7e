#include "tests/sim/agents/town.h"
#include <cstdio>
#include <cstdlib>
using namespace understudy; using namespace understudy::sim;
int main(int,char**argv){ TownOptions o; std::string k=argv[1]; 
 if(k=="perfect"){o.workload.restart_percent=o.workload.mute_percent=0;}
 if(k=="die"){o.workload.restart_percent=o.workload.mute_percent=5;}
 if(k=="loss"){o.loss=o.doubling=50000;o.longest=Duration::Milliseconds(300);}
 if(k=="heavy"){o.loss=300000;o.doubling=200000;o.longest=Duration::Milliseconds(1500);}
 if(k=="down"){o.loss=o.doubling=10000;o.longest=Duration::Milliseconds(100);o.outages=3;o.breaks=10;o.workload.tcp_percent=50;}
 Town t(atoi(argv[2]),o); t.Run(); for(auto&v:t.violations())printf("\n99999999 VIOL\n%s\n",v.c_str()); for(auto&v:t.workload().Unfinished())printf("\n9999999 UNF %s\n",v.c_str());
 for (auto& [id,c]: t.state().calls.rows()) printf("CALL %lu phases %d %d\n",(unsigned long)id.value(),(int)c->leg(0).phase,(int)c->leg(1).phase);}
