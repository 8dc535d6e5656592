use std::io::Read;
use std::time::Instant;
use shh::decode::*; use shh::event::*; use shh::fold::*; use shh::source::*;
fn main(){
  let dir=std::env::args().nth(1).unwrap(); let max:usize=std::env::args().nth(2).map(|s|s.parse().unwrap()).unwrap_or(usize::MAX);
  let l=Local::new(&dir); let t=Instant::now(); let listing=l.list(4).unwrap();
  let mut logs=vec![]; for f in listing.found.into_iter().take(max){ match f { Found::Single(l)=>logs.push(l), Found::Rolling(d)=>{ if let Ok(Ok(x))=l.expand(&d){logs.push(x)} } } }
  println!("list {:?} {} logs", t.elapsed(), logs.len());
  let t=Instant::now(); let mut n=0usize; let mut buf=vec![0u8;1<<20];
  for g in &logs { for f in &g.files { let mut r=l.open(f).unwrap(); loop { let k=r.read(&mut buf).unwrap(); if k==0{break} n+=k; } } }
  println!("read {:?} {} MB", t.elapsed(), n>>20);
  for mode in 0..5 {
  let t=Instant::now(); let mut ev=0u64; let mut bytes=0u64; let mut slow=0u64; let mut slowb=0usize; let mut chunk=vec![]; let mut rows=0;
  let mut kinds=std::collections::BTreeMap::<String,(u64,usize)>::new();
  for g in &logs { let mut fold=Fold::new(); for f in &g.files { let r=l.open(f).unwrap(); let mut c=Chunks::new(Decoder::new(r, Codec::from_name(&f.name)), 512<<10, 256<<20);
    while c.next_chunk(&mut chunk).unwrap() { bytes+=chunk.len() as u64; if mode==0 {continue}
      let mut s=0; for e in memchr::memchr_iter(b'\n',&chunk){ let line=&chunk[s..e]; s=e+1; ev+=1;
        match mode { 1=>{std::hint::black_box(line);} 2=>{ std::hint::black_box(parse(line)); } 3|4=>{ if let Parsed::Event(x)=parse(line){fold.apply(&x)} if mode==4 && parse_scanned(line).is_none(){slow+=1; slowb+=line.len(); let k=String::from_utf8_lossy(&line[..line.len().min(70)]).to_string(); let k=k.split('"').nth(3).unwrap_or("").to_string(); let e=kinds.entry(k).or_default(); e.0+=1; e.1+=line.len(); } } _=>{} } } } }
    if mode>=3 { let r=fold.finish(LogFacts::default()).unwrap(); rows+=r.stages.len(); std::hint::black_box(r);} }
  let d=t.elapsed(); println!("mode {mode} {:?} {:.2} GB/s {:.0} ev/s rows {rows} slow {slow} ({} MB)", d, bytes as f64/1e9/d.as_secs_f64(), ev as f64/d.as_secs_f64(), slowb>>20);
  if mode==4 { let mut v:Vec<_>=kinds.into_iter().collect(); v.sort_by_key(|x|std::cmp::Reverse(x.1.1)); for x in v.iter().take(12){println!("  {:?}",x);} }
  }
}
