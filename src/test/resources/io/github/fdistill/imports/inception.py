"""Features of Inception v3 by torchvision and pytorch-fid, with weights and images drawn by a formula.

python inception.py [FOLDER]: writes inception.npz, and the weights into a folder.
Recorded with torch 2.15.0, torchvision 0.29.2 and pytorch-fid 0.3.0 (Apache-2.0 and BSD-3-Clause), on a CPU.
"""
import sys, numpy as np, torch
import torchvision.models as M
from pytorch_fid import inception as F
def draw(key,n):
    """SplitMix64 of key + 1, key + 2, ...: [-1, 1)"""
    with np.errstate(over='ignore'):
        z=np.uint64(key)+np.arange(1,n+1,dtype=np.uint64)*np.uint64(0x9E3779B97F4A7C15)
        z=(z^(z>>np.uint64(30)))*np.uint64(0xBF58476D1CE4E5B9)
        z=(z^(z>>np.uint64(27)))*np.uint64(0x94D049BB133111EB)
        z=z^(z>>np.uint64(31))
    return (z>>np.uint64(11)).astype(np.float64)*2.0**-52-1
def key(name): return sum(ord(c)*(j+1) for j,c in enumerate(name))
def fill(sd):
    for n,t in sd.items():
        if n.endswith('num_batches_tracked') or n.startswith('fc.') or n.startswith('AuxLogits'): continue
        w=draw(key(n),t.numel())
        if n.endswith('conv.weight'): v=w*np.sqrt(6.0/np.prod(t.shape[1:]))
        elif n.endswith('bn.weight'): v=1+0.3*w
        elif n.endswith('running_var'): v=1+0.5*w
        else: v=0.2*w
        t.copy_(torch.from_numpy(v.astype(np.float32)).reshape(t.shape))
    return sd
def images(h,w):
    return np.floor(128+128*draw(h,2*h*w*3)).astype(np.uint8).reshape(2,h,w,3)
def tf1(x):  # x NCHW float 0..255, TensorFlow 1's bilinear
    n,c,h,w=x.shape
    def axis(size):
        f=np.arange(299,dtype=np.float32)*np.float32(size/299); lo=np.floor(f).astype(int); hi=np.minimum(lo+1,size-1); return torch.from_numpy(lo),torch.from_numpy(hi),torch.from_numpy((f-lo).astype(np.float32))
    yl,yh,yf=axis(h); xl,xh,xf=axis(w)
    top=x[:,:,yl][:,:,:,xl]*(1-xf)+x[:,:,yl][:,:,:,xh]*xf
    bot=x[:,:,yh][:,:,:,xl]*(1-xf)+x[:,:,yh][:,:,:,xh]*xf
    return top*(1-yf)[:,None]+bot*yf[:,None]
out={}
with torch.no_grad():
    fid=F._inception_v3(num_classes=1008,aux_logits=False,weights=None)
    fid.Mixed_5b=F.FIDInceptionA(192,pool_features=32); fid.Mixed_5c=F.FIDInceptionA(256,pool_features=64); fid.Mixed_5d=F.FIDInceptionA(288,pool_features=64)
    fid.Mixed_6b=F.FIDInceptionC(768,channels_7x7=128); fid.Mixed_6c=F.FIDInceptionC(768,channels_7x7=160); fid.Mixed_6d=F.FIDInceptionC(768,channels_7x7=160); fid.Mixed_6e=F.FIDInceptionC(768,channels_7x7=192)
    fid.Mixed_7b=F.FIDInceptionE_1(1280); fid.Mixed_7c=F.FIDInceptionE_2(2048)
    tv=M.inception_v3(weights=None,init_weights=False,transform_input=False)
    for name,net in (('fid',fid),('tv',tv)):
        sd=fill(net.state_dict()); net.load_state_dict(sd); net.eval()
        if len(sys.argv)>1: torch.save(sd,f'{sys.argv[1]}/{name}.pth')
        feats={}
        net.avgpool.register_forward_hook(lambda m,i,o: feats.__setitem__('f',o.flatten(1)))
        for (h,w) in ((32,32),(320,310)):
            x=torch.from_numpy(images(h,w)).permute(0,3,1,2).float()
            for how in ('TF1','BILINEAR','ANTIALIASED'):
                if (name,how,h) not in (('fid','TF1',32),('fid','BILINEAR',320),('tv','ANTIALIASED',320)): continue
                if how=='TF1': y=(tf1(x)-128)/128
                else: y=torch.nn.functional.interpolate(x,size=(299,299),mode='bilinear',align_corners=False,antialias=how=='ANTIALIASED')/127.5-1
                
                net(y); out[f'{name}_{how}_{h}']=feats['f'].numpy()
                print(name,how,h,out[f'{name}_{how}_{h}'][0,:4],np.abs(out[f'{name}_{how}_{h}']).max())
np.savez('inception.npz',**{k: v[:1] for k, v in out.items()})
